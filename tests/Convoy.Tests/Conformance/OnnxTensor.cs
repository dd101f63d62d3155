using System.Runtime.InteropServices;
using Convoy.Onnx.Format;

namespace Convoy.Tests.Conformance;

/// <summary>A published tensor of real numbers.</summary>
internal sealed record OnnxTensor(int[] Extents, float[] Values)
{
    /// <summary>Decodes a tensor; null for other element types than single precision.</summary>
    public static OnnxTensor? Decode(TensorProto proto)
    {
        if (proto.DataType != (int)TensorProto.Types.DataType.Float)
        {
            return null;
        }

        int[] extents = [.. proto.Dims.Select(extent => checked((int)extent))];
        float[] values = proto.HasRawData
            ? MemoryMarshal.Cast<byte, float>(proto.RawData.Span).ToArray()
            : [.. proto.FloatData];
        Assert.That(values, Has.Length.EqualTo(extents.Aggregate(1, (product, extent) => product * extent)), "A published tensor holds what its extents say.");
        return new OnnxTensor(extents, values);
    }
}
