using Convoy.Imaging;
using Convoy.Tensors;

namespace Convoy.Cli.Data;

/// <summary>MNIST's digits as a network's input.</summary>
/// <param name="digits">The digits.</param>
/// <param name="inputShape">The shape of the network's input.</param>
/// <param name="decoder">What makes an input of a digit; null to centre each in the input, which it <see cref="Fits"/>.</param>
internal sealed class MnistSet(MnistDataset digits, Shape inputShape, ImageDecoder? decoder) : LabelledSet
{
    /// <summary>Whether a folder holds such files.</summary>
    public static bool IsIn(FolderListing folder) =>
        folder.Files.Any(name => name.Contains("idx3-ubyte", StringComparison.Ordinal));

    /// <summary>Whether a network's input takes grey images of the digits' size.</summary>
    public static bool Fits(MnistDataset digits, Shape input) =>
        input.Channels == 1 && input.Height >= digits.Rows && input.Width >= digits.Columns;

    public override int? Count => digits.Count;

    public override IEnumerable<LabelledImage> Images => Enumerable.Range(0, digits.Count)
        .Select(index => new LabelledImage(new ImagePath(FormattableString.Invariant($"digit {index}")), index, digits.GetLabel(index)));

    public override void Read(LabelledImage image, Span<float> input)
    {
        if (decoder is null)
        {
            digits.CopyImage(image.Index, input, inputShape.Height, inputShape.Width);
        }
        else
        {
            digits.CopyImage(image.Index, input, decoder);
        }
    }
}
