using Convoy.Imaging;

namespace Convoy.Cli.Data;

/// <summary>A folder for each class.</summary>
/// <param name="folder">The folder that they are in.</param>
/// <param name="classes">Their names, each with its class.</param>
/// <param name="decoder">Decodes their images for the network.</param>
internal sealed class FolderSet(string folder, ClassFolders classes, ImageDecoder decoder) : LabelledSet
{
    public override int? Count => null;

    public override bool HasDroppedColour => decoder.HasDroppedColour;

    public override IEnumerable<LabelledImage> Images => classes.Folders
        .SelectMany(each => ImagePaths.InFolder(Path.Combine(folder, each.Name), Findings).Select(image => (image, each.Label)))
        .Select((each, index) => new LabelledImage(each.image, index, each.Label));

    public override void Read(LabelledImage image, Span<float> input) => image.Image.Decode(decoder, input);
}
