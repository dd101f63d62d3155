using System.Collections.Immutable;
using Convoy.Onnx;

namespace Convoy.Cli.Data;

/// <summary>Files of tensors, each kind by its ending: NumPy's arrays and archives, and ONNX' TensorProto.</summary>
internal static class TensorFiles
{
    private static readonly ImmutableArray<Kind> Kinds =
    [
        new(".npy", path => [NpyFile.Read(path)], (path, tensors) => NpyFile.Write(path, tensors[0])),
        new(".npz", NpzFile.Read, NpzFile.Write, TakesSeveral: true),
        new(".pb", path => [OnnxTensorFile.Read(path)], (path, tensors) => OnnxTensorFile.Write(path, tensors[0])),
    ];

    /// <summary>The endings: ".npy, .npz or .pb".</summary>
    public static string Endings { get; } = $"{string.Join(", ", Kinds[..^1].Select(kind => kind.Ending))} or {Kinds[^1].Ending}";

    /// <summary>Whether a file's name has one of the endings.</summary>
    public static bool IsKnown(string path) => Find(path) is not null;

    /// <summary>Whether the kind of file takes several tensors.</summary>
    public static bool TakesSeveral(string path) => Find(path)!.TakesSeveral;

    /// <summary>Reads a file's tensors.</summary>
    /// <exception cref="ConvoyException">It cannot be read.</exception>
    public static IReadOnlyList<NamedTensor> Read(string path) => Find(path)!.Read(path);

    /// <summary>Writes tensors.</summary>
    /// <exception cref="ConvoyException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<NamedTensor> tensors) => Find(path)!.Write(path, tensors);

    private static Kind? Find(string path) => Kinds.FirstOrDefault(kind => path.EndsWith(kind.Ending, StringComparison.OrdinalIgnoreCase));

    private sealed record Kind(
        string Ending, Func<string, IReadOnlyList<NamedTensor>> Read, Action<string, IReadOnlyList<NamedTensor>> Write, bool TakesSeveral = false);
}
