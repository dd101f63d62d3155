using Convoy.Graph;
using Convoy.Imaging;

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

    /// <summary>The images, listed as they are asked for.</summary>
    public abstract IEnumerable<LabelledImage> Images { get; }

    /// <summary>Reads an image into the network's input; called on several threads.</summary>
    /// <exception cref="ConvoyException">It cannot be read.</exception>
    public abstract void Read(LabelledImage image, Span<float> input);

    /// <summary>Opens a folder: MNIST's IDX files, or a folder for each class.</summary>
    /// <exception cref="ConvoyException">It holds neither.</exception>
    /// <exception cref="UsageException">An option does not fit what it holds.</exception>
    public static LabelledSet Open(string folder, Network network, MnistSplit? split, ClassLabels labels, ImagePreset? preset)
    {
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

        if (listing.Files.Any(name => name.Contains("idx3-ubyte", StringComparison.Ordinal)))
        {
            return new MnistSet(MnistDataset.Open(folder, split ?? MnistSplit.Test), network, preset);
        }

        if (split is not null)
        {
            throw new UsageException("--split is for MNIST's files; to test on a part of a folder a class, name that part with --data.");
        }

        return listing.Folders.Length > 0
            ? new FolderSet(folder, listing.Folders, network, labels, preset)
            : throw new ConvoyException($"{folder} holds neither MNIST's files (t10k-images-idx3-ubyte.gz and the others) nor a folder for each class.");
    }
}
