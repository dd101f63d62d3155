using Convoy.Cli.Data;
using Convoy.Files;
using Convoy.Imaging;
using Convoy.Tensors;

namespace Convoy.Cli.Options;

/// <summary>Which images of known classes a network is measured on.</summary>
internal sealed class DataOptions
{
    private readonly Option<string> _data = new("--data")
    {
        Description = "A folder with MNIST's IDX files, gzipped or not, or with a folder for each class, named by class index "
            + "or label; with other names there must be one for every class, and they are the classes in the order of their names, "
            + "numbers by their values.",
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
    public LabelledSet Open(
        ParseResult arguments, SelectedModel model, ClassLabels labels, ImageOptions images, Terminal terminal)
    {
        Network network = model.Network;
        string folder = FolderOf(arguments);
        MnistSplit? split = arguments.GetValue(_split);
        if (!Directory.Exists(folder))
        {
            throw new ConvoyException(File.Exists(folder)
                ? $"{folder} is a file; name the folder that holds the data."
                : $"{folder} {FileNames.DescribeMissing(folder)}.");
        }

        FolderListing listing = FolderListing.Read(folder);
        if (listing.Error is { } error)
        {
            throw error;
        }

        if (MnistSet.IsIn(listing))
        {
            return OpenMnist(MnistDataset.Open(folder, split ?? MnistSplit.Test), arguments, model, images, terminal);
        }

        if (split is not null)
        {
            throw new UsageException("--split is for MNIST's files; to test on a part of a folder a class, name that part with --data.");
        }

        if (listing.Folders.Length == 0)
        {
            throw new ConvoyException(
                $"{folder} holds neither MNIST's files (t10k-images-idx3-ubyte.gz and the others) nor a folder for each class{DescribeLinks(listing)}.");
        }

        ClassFolders classes = MatchClasses(folder, listing, network, labels);
        if (classes.Note is { } note)
        {
            terminal.Note(note);
        }

        var set = new FolderSet(folder, classes, images.CreateDecoder(arguments, model, terminal));
        set.Findings.PassOverBeside(listing);
        return set;
    }

    private static MnistSet OpenMnist(MnistDataset digits, ParseResult arguments, SelectedModel model, ImageOptions images, Terminal terminal)
    {
        Shape input = model.Network.Input.Shape;
        bool isPlain = (images.FindPreset(arguments, model) ?? ImagePreset.Mnist) == ImagePreset.Mnist;
        if (input.Channels != 1 || (isPlain && !MnistSet.Fits(digits, input)))
        {
            IEnumerable<string> readers = ModelCatalog.All.Where(each => each.ImagePreset == ImagePreset.Mnist.Name).Select(each => each.Name);
            throw new UsageException(
                $"{model.Name} reads images of {input.ToTableString()} (channels, height, width), but MNIST's are 1 x {digits.Rows} x {digits.Columns}; "
                    + $"use {string.Join(" or ", readers)}, or a folder for each class.");
        }

        // Mnist's own preset leaves each byte in its place, and most networks are measured by it: it needs no decoder.
        ImageDecoder decoder = images.CreateDecoder(arguments, model, terminal, ImagePreset.Mnist);
        if (images.FindPreset(arguments, model) is null)
        {
            terminal.Note($"The preset {ImagePreset.Mnist.Name} is taken: neither --preset, nor the model, nor a file beside it names another.");
        }

        return isPlain ? new MnistSet(images.Turn(arguments, digits), input, null) : new MnistSet(digits, input, decoder);
    }

    private static ClassFolders MatchClasses(string folder, FolderListing listing, Network network, ClassLabels labels)
    {
        int classes = (int)network.Output.Shape.Count;
        return ClassFolders.Find(listing.Folders, classes, labels) ?? throw new ConvoyException(FormattableString.Invariant(
            $"{folder} holds {listing.Folders.Length:N0} folders{DescribeLinks(listing)}, but {network.Name} has {classes:N0} classes; name each folder by its class index (0 to {classes - 1}) or by its label (--labels FILE), or give one for every class."));
    }

    private static string DescribeLinks(FolderListing listing) =>
        listing.LinkedFolders == 0 ? "" : FormattableString.Invariant($" (and {listing.LinkedFolders:N0} linked ones, which are passed over)");
}
