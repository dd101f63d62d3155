using Convoy.Onnx.Format;
using Convoy.Onnx.Import.Operators;
using Google.Protobuf;

namespace Convoy.Onnx.Import;

/// <summary>A model as it was parsed, and what it came from.</summary>
/// <param name="Model">The message.</param>
/// <param name="Name">What sentences call it: its path.</param>
/// <param name="Folder">Where files beside it may be; null for one that came in a stream.</param>
/// <param name="ByteCount">Its size.</param>
/// <param name="OperatorSet">The version of ONNX's own operators that it is written in.</param>
internal sealed record ModelSource(ModelProto Model, string Name, string? Folder, long ByteCount, long OperatorSet)
{
    /// <summary>The oldest version of the operators that is read.</summary>
    public const long OldestOperatorSet = 7;

    /// <summary>The newest version of the operators that is read.</summary>
    public const long NewestOperatorSet = 25;

    /// <summary>The graph.</summary>
    public GraphProto Graph => Model.Graph;

    /// <summary>Parses a model.</summary>
    /// <exception cref="UnsupportedException">It is malformed, or of a kind that is not read; the message is a part of a sentence.</exception>
    public static ModelSource Parse(ReadOnlyMemory<byte> file, string name, string? folder)
    {
        ModelScan.Check(file.Span);
        ModelProto model = ParseMessage(file.Span);
        if (model.Graph is null)
        {
            throw new UnsupportedException("it has no graph, so that it is no ONNX model");
        }

        return new ModelSource(model, name, folder, file.Length, FindOperatorSet(model));
    }

    private static ModelProto ParseMessage(ReadOnlySpan<byte> file)
    {
        try
        {
            return ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(file);
        }
        catch (InvalidProtocolBufferException)
        {
            throw new UnsupportedException("it is damaged or cut short");
        }
    }

    private static long FindOperatorSet(ModelProto model)
    {
        long[] versions = [.. model.OpsetImport.Where(set => OperatorTable.IsOwnDomain(set.Domain)).Select(set => set.Version).Distinct()];
        return versions switch
        {
            [] when model.OpsetImport.Count == 0 => throw new UnsupportedException(
                $"it does not say which version of the operators it is written in, as files older than version {OldestOperatorSet} do; convert it to a newer one"),
            [] => throw new UnsupportedException(
                $"it imports the operators of {string.Join(", ", model.OpsetImport.Take(4).Select(set => WeightException.Quote(set.Domain)))} alone, of which none is known; export it with ONNX's own"),
            [< OldestOperatorSet] => throw new UnsupportedException(
                FormattableString.Invariant($"it is written in version {versions[0]} of the operators, and {OldestOperatorSet} is the oldest that is read; convert it with onnx.version_converter")),
            [> NewestOperatorSet] => throw new UnsupportedException(
                FormattableString.Invariant($"it is written in version {versions[0]} of the operators, and {NewestOperatorSet} is the newest that is known; export it for that")),
            [var version] => version,
            _ => throw new UnsupportedException(
                $"it is written in the versions {string.Join(" and ", versions.Take(4))} of the operators at once; export it for one of them"),
        };
    }
}
