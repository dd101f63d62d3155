using System.Globalization;
using Convoy.Imaging;

namespace Convoy.Cli.Data;

/// <summary>A folder for each class.</summary>
/// <param name="folders">The folders, each with its class.</param>
/// <param name="decoder">Decodes their images for the network.</param>
internal sealed class FolderSet((string Path, int Label)[] folders, ImageDecoder decoder) : LabelledSet
{
    public override int? Count => null;

    public override IEnumerable<LabelledImage> Images => folders
        .SelectMany(each => ImagePaths.InFolder(each.Path).Select(image => (image, each.Label)))
        .Select((each, index) => new LabelledImage(each.image, index, each.Label));

    public override void Read(LabelledImage image, Span<float> input) => image.Image.Decode(decoder, input);

    /// <summary>
    /// The classes that folders of these names hold: their names are class indexes, or labels; where neither, and there is one
    /// for every class, they are the classes in the order of their names. Null where the names say no classes.
    /// </summary>
    public static int[]? FindClasses(string[] names, int classes, ClassLabels labels)
    {
        int?[] byIndex = [.. names.Select(name => ParseIndex(name, classes))];
        int?[] byLabel = [.. names.Select(labels.Find)];
        foreach (int?[] candidate in new[] { byIndex, byLabel })
        {
            if (Array.TrueForAll(candidate, label => label is not null))
            {
                return [.. candidate.Select(label => label!.Value)];
            }
        }

        return names.Length == classes ? [.. Enumerable.Range(0, classes)] : null;
    }

    private static int? ParseIndex(string name, int classes) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < classes ? index : null;
}
