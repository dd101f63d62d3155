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

    /// <summary>Asked in this order; of two kinds of archive the first entry's name says which, and the last kind takes any.</summary>
    private static readonly ImmutableArray<ForeignKind> Kinds =
    [
        new((start, _) => ZipSignature.Recognizes(start), "it is a zip archive; unpack it, and name the weights file in it"),
        new((start, _) => start is [0x80, >= 2 and <= 5, ..], $"it is a Python pickle, {SaveArrays}"),
        new((start, _) => IsTar(start), "it is a tar archive, as PyTorch saved before version 0.1.10; load it with an older PyTorch, and save its state_dict() again"),
        new(OnnxModel.Recognizes, "it is an ONNX model, which has a network too; name it in place of the model"),
        new(TensorFlowModel.RecognizesSaved, $"it is a TensorFlow SavedModel (saved_model.pb), {SaveKeras}"),
        new(TensorFlowModel.RecognizesFrozen, $"it is a frozen TensorFlow graph (a GraphDef), {SaveKeras}"),
        new((start, _) => start is [0x1F, 0x8B, ..], "it is compressed with gzip; unpack it first"),
        new((start, _) => start.StartsWith("version https://git-lfs.github.com/spec/"u8), "it is a Git LFS pointer, not the file it stands for; fetch that with 'git lfs pull'"),
        new((start, _) => IsHtml(start), "it is a web page (HTML), sent in place of a file; open it in a browser to see why, and download the file itself"),
    ];

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


    // POSIX.1-1988, the header of a file in an archive: the word stands behind a name, numbers and a link.
    private static bool IsTar(ReadOnlySpan<byte> start) => start.Length > 262 && start[257..].StartsWith("ustar"u8);

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
