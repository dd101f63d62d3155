using Convoy.Weights.Formats.Caffe;
using Convoy.Weights.Formats.Keras;
using Convoy.Weights.Formats.PyTorch;

namespace Convoy.Weights.Formats;

/// <summary>The formats that weights are read from and written to, in one list. A file's format is recognised by its content, not by its name.</summary>
internal static class WeightFormats
{
    /// <summary>How many of a file's first bytes formats are recognised by.</summary>
    public const int StartLength = 4096;

    private const int ShownBytes = 8;

    /// <summary>What weights are saved as where a file's name does not tell.</summary>
    public static IWritableWeightFormat ForSaving { get; } = new SafetensorsFormat();

    /// <summary>Every format, in the order in which they are asked.</summary>
    public static ImmutableArray<IWeightFormat> All { get; } =
    [
        ForSaving, new NpzFormat(), new NpyFormat(), new PyTorchZipFormat(), new PyTorchStreamFormat(), new KerasH5Format(), new KerasArchiveFormat(), new CaffeFormat(),
    ];

    /// <summary>The format that a file's name asks for by its ending; null where it asks for none that is written.</summary>
    public static IWritableWeightFormat? ForName(string path) => All.OfType<IWritableWeightFormat>()
        .FirstOrDefault(format => format.Endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)));

    /// <summary>The format of a file.</summary>
    /// <exception cref="WeightException">It is of none of them; the sentence says what it is, where that is known, and what to do.</exception>
    public static IWeightFormat Recognize(WeightStorage file)
    {
        if (file.Length == 0)
        {
            throw WeightException.Unreadable(file.Source, "it is empty");
        }

        byte[] start = new byte[Math.Min(file.Length, StartLength)];
        file.Read(0, start);
        return TryRecognize(start, file.Length)
            ?? throw WeightException.Unreadable(file.Source, ForeignFiles.Describe(start, file.Length) ?? DescribeUnknown(start));
    }

    /// <summary>The format of a file by its beginning; null where it has none of them.</summary>
    public static IWeightFormat? TryRecognize(ReadOnlySpan<byte> start, long length)
    {
        foreach (IWeightFormat format in All)
        {
            if (format.Recognizes(start, length))
            {
                return format;
            }
        }

        return null;
    }

    private static string DescribeUnknown(ReadOnlySpan<byte> start)
    {
        string bytes = string.Join(' ', start[..Math.Min(start.Length, ShownBytes)].ToArray().Select(each => $"{each:X2}"));
        string known = string.Join("; ", All.Select(format => $"{format.Name}, *{string.Join(", *", format.Endings)}"));
        return $"it begins with the bytes {bytes}, as no file does that weights are read from ({known}), so it is damaged or of another kind; save the weights as {ForSaving.Name}";
    }
}
