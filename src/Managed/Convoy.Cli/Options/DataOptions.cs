using Convoy.Cli.Data;
using Convoy.Imaging;

namespace Convoy.Cli.Options;

/// <summary>Which images of known classes a network is measured on.</summary>
internal sealed class DataOptions
{
    private readonly Option<string> _data = new("--data")
    {
        Description = "A folder with MNIST's IDX files, gzipped or not, or with a folder for each class, named by class index "
            + "or label; with other names there must be one for every class, and they are the classes in the order of their names.",
        HelpName = "DIR",
        Required = true,
    };

    private readonly Option<int?> _limit = OptionFactory.OptionalInteger("--limit", "Take only the first images. [default: all]", 1, int.MaxValue);
    private readonly Option<MnistSplit?> _split = OptionFactory.Choice<MnistSplit?>(
        "--split", "Which of MNIST's digits to take.", ("test", MnistSplit.Test), ("train", MnistSplit.Train));

    /// <summary>Adds the options to a command.</summary>
    public DataOptions(Command command)
    {
        command.Add(_data);
        command.Add(_limit);
        command.Add(_split);
    }

    /// <summary>The folder with the images.</summary>
    public string FolderOf(ParseResult arguments) => arguments.GetRequiredValue(_data);

    /// <summary>How many images to take at the most.</summary>
    public int LimitOf(ParseResult arguments) => arguments.GetValue(_limit) ?? int.MaxValue;

    /// <summary>Opens the folder: MNIST's IDX files, or a folder for each class.</summary>
    /// <exception cref="ConvoyException">It holds neither.</exception>
    /// <exception cref="UsageException">An option does not fit what it holds.</exception>
    public LabelledSet Open(ParseResult arguments, ModelInfo model, Network network, ClassLabels labels, ImageOptions images)
    {
        string folder = FolderOf(arguments);
        MnistSplit? split = arguments.GetValue(_split);
        if (!Directory.Exists(folder))
        {
            throw new ConvoyException(File.Exists(folder)
                ? $"{folder} is a file; name the folder that holds the data."
                : $"{folder} does not exist; name the folder that holds the data.");
        }

        FolderListing listing = FolderListing.Read(folder);
        if (listing.Error is { } error)
        {
            throw error;
        }

        if (MnistSet.IsIn(listing))
        {
            return OpenMnist(MnistDataset.Open(folder, split ?? MnistSplit.Test), network, images.PresetOf(arguments));
        }

        if (split is not null)
        {
            throw new UsageException("--split is for MNIST's files; to test on a part of a folder a class, name that part with --data.");
        }

        return listing.Folders.Length > 0
            ? OpenFolders(folder, listing.Folders, network, labels, images.CreateDecoder(arguments, model, network))
            : throw new ConvoyException($"{folder} holds neither MNIST's files (t10k-images-idx3-ubyte.gz and the others) nor a folder for each class.");
    }

    private static MnistSet OpenMnist(MnistDataset digits, Network network, ImagePreset? preset)
    {
        if (!MnistSet.Fits(digits, network.Input.Shape))
        {
            IEnumerable<string> readers = ModelCatalog.All.Where(each => each.ImagePreset == ImagePreset.Mnist.Name).Select(each => each.Name);
            throw new UsageException(
                $"{network.Name} reads images of {network.Input.Shape.ToTableString()} (channels, height, width), but MNIST's are 1 x {digits.Rows} x {digits.Columns}; "
                    + $"use {string.Join(" or ", readers)}, or a folder for each class.");
        }

        return preset is null || preset == ImagePreset.Mnist
            ? new MnistSet(digits, network.Input.Shape)
            : throw new UsageException($"--preset {preset.Name} does not fit MNIST's files, which are read as {ImagePreset.Mnist.Name}; leave it out.");
    }

    private static FolderSet OpenFolders(string folder, string[] names, Network network, ClassLabels labels, ImageDecoder decoder)
    {
        int classes = (int)network.Output.Shape.Count;
        int[] found = FolderSet.FindClasses(names, classes, labels) ?? throw new ConvoyException(FormattableString.Invariant(
            $"{folder} holds {names.Length:N0} folders, but {network.Name} has {classes:N0} classes; name each folder by its class index (0 to {classes - 1}) or by its label (--labels FILE), or give one for every class."));
        return new FolderSet([.. names.Zip(found, (name, label) => (Path.Combine(folder, name), label))], decoder);
    }
}
