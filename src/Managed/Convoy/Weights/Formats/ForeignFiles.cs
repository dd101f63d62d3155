using System.Buffers.Binary;
using System.Text;

namespace Convoy.Weights.Formats;

/// <summary>
/// Files that weights come in, or that are mistaken for weights, but that no format reads: recognised by their content, so that the
/// error names them and says what to do. A kind leaves this list when its reader joins <see cref="WeightFormats.All"/>.
/// </summary>
internal static class ForeignFiles
{
    private const string SaveArrays = "which is not read; save its arrays by name with Python's safetensors.numpy.save_file";
    private const string SaveKeras = "which is not read; save the model with Keras as .keras or .h5, or export it as ONNX";
    private const string SaveState = "which is not read; save the model's state_dict() with Python's safetensors.torch.save_file";

    /// <summary>Asked in this order; of two kinds of archive the first entry's name says which, and the last kind takes any.</summary>
    private static readonly ImmutableArray<ForeignKind> Kinds =
    [
        new((start, _) => NameInZip(start).EndsWith("/data.pkl", StringComparison.Ordinal), $"it is a PyTorch file (a zip archive), {SaveState}"),
        new((start, _) => NameInZip(start).EndsWith(".npy", StringComparison.Ordinal), $"it is a NumPy archive (npz), {SaveArrays}"),
        new((start, _) => IsZip(start), "it is a zip archive; unpack it, and name the weights file in it"),
        new((start, _) => start.StartsWith(PyTorchStream), $"it is a PyTorch file (a stream of pickles), {SaveState}"),
        new((start, _) => start is [0x80, >= 2 and <= 5, ..], $"it is a Python pickle, {SaveArrays}"),
        new((start, _) => start is [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', ..], $"it is one NumPy array (npy), {SaveArrays}"),
        new(OnnxModel.Recognizes, $"it is an ONNX model, {SaveArrays}"),
        new(TensorFlowModel.RecognizesSaved, $"it is a TensorFlow SavedModel (saved_model.pb), {SaveKeras}"),
        new(TensorFlowModel.RecognizesFrozen, $"it is a frozen TensorFlow graph (a GraphDef), {SaveKeras}"),
        new((start, _) => start is [0x1F, 0x8B, ..], "it is compressed with gzip; unpack it first"),
        new((start, _) => start.StartsWith("version https://git-lfs.github.com/spec/"u8), "it is a Git LFS pointer, not the file it stands for; fetch that with 'git lfs pull'"),
        new((start, _) => IsHtml(start), "it is a web page (HTML), sent in place of a file; open it in a browser to see why, and download the file itself"),
    ];

    /// <summary>The number that PyTorch's older files begin with, 0x1950a86a20f9469cfc6c, as a pickle of its own.</summary>
    private static ReadOnlySpan<byte> PyTorchStream => [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E];

    /// <summary>What a file is and what to do, as a part of a sentence; null where that is not known.</summary>
    public static string? Describe(ReadOnlySpan<byte> start, long length)
    {
        foreach (ForeignKind kind in Kinds)
        {
            if (kind.Recognizes(start, length))
            {
                return kind.Description;
            }
        }

        return null;
    }

    /// <summary>The name of a zip archive's first entry; nothing for other files.</summary>
    public static string NameInZip(ReadOnlySpan<byte> start)
    {
        const int LengthAt = 26;
        const int NameAt = 30;
        if (!IsZip(start) || start.Length < NameAt)
        {
            return "";
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(start[LengthAt..]);
        return Encoding.UTF8.GetString(start.Slice(NameAt, Math.Min(length, start.Length - NameAt)));
    }

    // APPNOTE.TXT, 4.3.7 (a file's local header) and 4.3.16 (the end of an archive, which is all there is of an empty one).
    private static bool IsZip(ReadOnlySpan<byte> start) =>
        start is [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..];

    private static bool IsHtml(ReadOnlySpan<byte> start)
    {
        ReadOnlySpan<byte> text = start.StartsWith("\uFEFF"u8) ? start[3..] : start;
        text = text.TrimStart(" \t\r\n"u8);
        return StartsWith(text, "<!doctype html"u8) || StartsWith(text, "<html"u8);

        static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
            text.Length >= word.Length && Ascii.EqualsIgnoreCase(text[..word.Length], word);
    }

    private delegate bool Recognizer(ReadOnlySpan<byte> start, long length);

    private sealed record ForeignKind(Recognizer Recognizes, string Description);
}
