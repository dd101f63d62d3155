namespace Convoy.Cli.Data;

/// <summary>An image whose class is known.</summary>
/// <param name="Image">Its path, or what stands for it in messages; an error where it leads to no image.</param>
/// <param name="Index">Its place in the set.</param>
/// <param name="Label">Its class.</param>
internal readonly record struct LabelledImage(ImagePath Image, int Index, int Label);

/// <summary>Images whose classes are known, to measure a network's accuracy on.</summary>
internal abstract class LabelledSet
{
    /// <summary>How many images there are; null where that is found out on the way.</summary>
    public abstract int? Count { get; }

    /// <summary>What was found beside the images, as far as they were listed.</summary>
    public SearchFindings Findings { get; } = new();

    /// <summary>Whether pictures in colour were read so far though the network reads grey ones.</summary>
    public virtual bool HasDroppedColour => false;

    /// <summary>The images, listed as they are asked for.</summary>
    public abstract IEnumerable<LabelledImage> Images { get; }

    /// <summary>Reads an image into the network's input; called on several threads.</summary>
    /// <exception cref="ConvoyException">It cannot be read.</exception>
    public abstract void Read(LabelledImage image, Span<float> input);
}
