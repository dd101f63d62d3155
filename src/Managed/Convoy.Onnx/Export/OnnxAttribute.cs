using Convoy.Onnx.Format;
using Google.Protobuf;
using static Convoy.Onnx.Format.AttributeProto.Types;

namespace Convoy.Onnx.Export;

/// <summary>Makes operators' attributes.</summary>
internal static class OnnxAttribute
{
    /// <summary>A whole number; ONNX's truth values are these.</summary>
    public static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    /// <summary>A real number.</summary>
    public static AttributeProto Float(string name, float value) => new() { Name = name, Type = AttributeType.Float, F = value };

    /// <summary>A word.</summary>
    public static AttributeProto Text(string name, string value) =>
        new() { Name = name, Type = AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    /// <summary>A height and a width.</summary>
    public static AttributeProto Ints(string name, Extent2D value) => Ints(name, value.Height, value.Width);

    /// <summary>Padding: where each axis begins, then where each ends.</summary>
    public static AttributeProto Ints(string name, Padding value) => Ints(name, value.Top, value.Left, value.Bottom, value.Right);

    /// <summary>Whole numbers.</summary>
    public static AttributeProto Ints(string name, params long[] values) =>
        new() { Name = name, Type = AttributeType.Ints, Ints = { values } };
}
