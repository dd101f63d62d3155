using static Convoy.Onnx.Format.TensorProto.Types;

namespace Convoy.Onnx.Import;

/// <summary>What sentences call ONNX's element types.</summary>
internal static class ElementTypeNames
{
    /// <summary>"int64 numbers", "strings".</summary>
    public static string Of(int type) => (DataType)type switch
    {
        DataType.String => "strings",
        DataType.Undefined => "numbers of no type",
        var known when Enum.IsDefined(known) => $"{known.ToString().ToLowerInvariant()} numbers",
        _ => FormattableString.Invariant($"numbers of the type {type}"),
    };
}
