using Convoy.Files;

namespace Convoy.Imaging;

/// <summary>Which part of MNIST.</summary>
public enum MnistSplit
{
    /// <summary>The 10,000 digits to test with (t10k).</summary>
    Test,

    /// <summary>The 60,000 digits to train with.</summary>
    Train,
}

/// <summary>MNIST's digits with their labels, or another set in the same files (Fashion-MNIST, KMNIST).</summary>
public sealed class MnistDataset
{
    private const int Classes = 10;
    private static readonly float[] Table = ImagePreset.Mnist.BuildTable();

    private readonly IdxImages _images;
    private readonly byte[] _labels;

    private MnistDataset(IdxImages images, string imagesName, byte[] labels, string labelsName)
    {
        if (images.Count != labels.Length)
        {
            throw new DatasetException(FormattableString.Invariant(
                $"{imagesName} holds {images.Count:N0} images but {labelsName} holds {labels.Length:N0} labels; use two files of one set."));
        }

        int wrong = labels.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)(Classes - 1));
        if (wrong >= 0)
        {
            throw new DatasetException(FormattableString.Invariant(
                $"{labelsName} gives image {wrong} the label {labels[wrong]}, but MNIST's are 0 to {Classes - 1}; check which file is meant."));
        }

        _images = images;
        _labels = labels;
    }

    private MnistDataset(IdxImages images, byte[] labels)
    {
        _images = images;
        _labels = labels;
    }

    /// <summary>The number of digits.</summary>
    public int Count => _images.Count;

    /// <summary>The height of each digit, in pixels.</summary>
    public int Rows => _images.Rows;

    /// <summary>The width of each digit, in pixels.</summary>
    public int Columns => _images.Columns;

    /// <summary>
    /// Opens the two files of a split in a directory: <c>t10k-</c> or <c>train-</c>, then <c>images-idx3-ubyte</c> and
    /// <c>labels-idx1-ubyte</c> (or with a dot, <c>images.idx3-ubyte</c>), with <c>.gz</c> or without.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">MNIST has no such split.</exception>
    /// <exception cref="DatasetException">A file is missing, cannot be read, is damaged, or disagrees with the other.</exception>
    public static MnistDataset Open(string directory, MnistSplit split = MnistSplit.Test)
    {
        ArgumentNullException.ThrowIfNull(directory);
        string prefix = PrefixOf(split);
        if (!Directory.Exists(directory))
        {
            throw new DatasetException(File.Exists(directory)
                ? $"{directory} is a file; name the directory that holds MNIST's files."
                : $"{directory} {FileNames.DescribeMissing(directory)}.");
        }

        string images = Find(directory, $"{prefix}-images", "idx3-ubyte");
        string labels = Find(directory, $"{prefix}-labels", "idx1-ubyte");
        return new MnistDataset(IdxFile.ReadImages(images), images, IdxFile.ReadLabels(labels), labels);
    }

    /// <summary>Reads a set from two seekable streams, such as embedded resources; errors call it <paramref name="name"/>.</summary>
    /// <exception cref="DatasetException">A stream is damaged, or the two disagree.</exception>
    public static MnistDataset Read(Stream images, Stream labels, string name)
    {
        string imagesName = $"{name} (images)";
        string labelsName = $"{name} (labels)";
        return new MnistDataset(IdxFile.ReadImages(images, imagesName), imagesName, IdxFile.ReadLabels(labels, labelsName), labelsName);
    }

    /// <summary>These digits with each byte v as 255 - v: light on dark where they were dark on light.</summary>
    public MnistDataset Invert() => new(_images.Invert(), _labels);

    /// <summary>These digits with rows and columns exchanged: upright where they are stored as EMNIST's are.</summary>
    public MnistDataset Transpose() => new(_images.Transpose(), _labels);

    /// <summary>The class of digit <paramref name="index"/>, 0 to 9.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such digit.</exception>
    public int GetLabel(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _labels[index];
    }

    /// <summary>Writes a digit as <see cref="ImagePreset.Mnist"/> has it: 0 to 1, centred on background 0, not resized.</summary>
    /// <param name="index">Which digit.</param>
    /// <param name="image">Receives 1 x height x width values.</param>
    /// <param name="height">The input's height, at least <see cref="Rows"/>.</param>
    /// <param name="width">The input's width, at least <see cref="Columns"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such digit.</exception>
    /// <exception cref="ArgumentException">The span's length is not height x width.</exception>
    /// <exception cref="DatasetException">The digit is larger than the input.</exception>
    public void CopyImage(int index, Span<float> image, int height, int width)
    {
        ReadOnlySpan<byte> pixels = _images.GetImage(index);
        if (height < Rows || width < Columns)
        {
            throw new DatasetException($"Images of {Rows} x {Columns} pixels do not fit a network's input of {height} x {width}; use a network with a larger one.");
        }

        if (image.Length != (long)height * width)
        {
            throw new ArgumentException($"The span holds {image.Length} values but an image of 1 x {height} x {width} has {(long)height * width}.", nameof(image));
        }

        image.Fill(Table[0]);
        int left = (width - Columns) / 2;
        int top = (height - Rows) / 2;
        for (int row = 0; row < Rows; row++)
        {
            ReadOnlySpan<byte> source = pixels.Slice(row * Columns, Columns);
            Span<float> target = image.Slice(((top + row) * width) + left, Columns);
            for (int column = 0; column < Columns; column++)
            {
                target[column] = Table[source[column]];
            }
        }
    }

    /// <summary>Writes a digit as a decoder's preset has it, whatever that is: as the decoder reads a file that shows the digit.</summary>
    /// <param name="index">Which digit.</param>
    /// <param name="image">Receives the decoder's <see cref="ImageDecoder.ImageLength"/> values.</param>
    /// <param name="decoder">Has the preset and the input's size.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such digit.</exception>
    /// <exception cref="ArgumentException">The span's length is not that of an image.</exception>
    public void CopyImage(int index, Span<float> image, ImageDecoder decoder)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        decoder.DecodeGrey(_images.GetImage(index), Columns, Rows, image);
    }

    private static string PrefixOf(MnistSplit split) => split switch
    {
        MnistSplit.Test => "t10k",
        MnistSplit.Train => "train",
        _ => throw new ArgumentOutOfRangeException(nameof(split), split, "MNIST has no such split; use Test or Train."),
    };

    private static string Find(string directory, string stem, string suffix)
    {
        string[] names = [$"{stem}-{suffix}", $"{stem}-{suffix}.gz", $"{stem}.{suffix}", $"{stem}.{suffix}.gz"];
        return names.Select(name => Path.Combine(directory, name)).FirstOrDefault(File.Exists)
            ?? throw new DatasetException($"{directory} holds no {names[0]} (nor {string.Join(", ", names[1..])}); put MNIST's files there.");
    }
}
