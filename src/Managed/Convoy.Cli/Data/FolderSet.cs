using System.Globalization;
using Convoy.Cli.Options;
using Convoy.Graph;
using Convoy.Imaging;

namespace Convoy.Cli.Data;

/// <summary>
/// A folder for each class. Folders are named by class index, or by label; where neither, there must be one for every
/// class, and they are the classes in the order of their names.
/// </summary>
internal sealed class FolderSet : LabelledSet
{
    private readonly (string Path, int Label)[] _folders;
    private readonly ImageDecoder _decoder;

    /// <exception cref="ConvoyException">The folders' names say no classes.</exception>
    public FolderSet(string folder, string[] names, Network network, ClassLabels labels, ImagePreset? preset)
    {
        _decoder = CommonOptions.CreateDecoder(network, preset);
        int[] classes = FindClasses(folder, names, network, labels);
        _folders = [.. names.Zip(classes, (name, label) => (Path.Combine(folder, name), label))];
    }

    public override int? Count => null;

    public override IEnumerable<LabelledImage> Images => _folders
        .SelectMany(each => ImagePaths.InFolder(each.Path).Select(image => (image, each.Label)))
        .Select((each, index) => new LabelledImage(each.image, index, each.Label));

    public override void Read(LabelledImage image, Span<float> input)
    {
        if (image.Image.Error is { } error)
        {
            throw error;
        }

        _decoder.Decode(image.Image.Path, input);
    }

    private static int[] FindClasses(string folder, string[] names, Network network, ClassLabels labels)
    {
        int classes = (int)network.Output.Shape.Count;
        int?[] byIndex = [.. names.Select(name => ParseIndex(name, classes))];
        int?[] byLabel = [.. names.Select(labels.Find)];
        foreach (int?[] candidate in new[] { byIndex, byLabel })
        {
            if (Array.TrueForAll(candidate, label => label is not null))
            {
                return [.. candidate.Select(label => label!.Value)];
            }
        }

        return names.Length == classes
            ? [.. Enumerable.Range(0, classes)]
            : throw new ConvoyException(FormattableString.Invariant(
                $"{folder} holds {names.Length:N0} folders, but {network.Name} has {classes:N0} classes; name each folder by its class index (0 to {classes - 1}) or by its label (--labels FILE), or give one for every class."));
    }

    private static int? ParseIndex(string name, int classes) =>
        int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < classes ? index : null;
}
