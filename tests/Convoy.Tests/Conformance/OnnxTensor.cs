using System.Runtime.InteropServices;
using Convoy.Bench.Onnx;

namespace Convoy.Tests.Conformance;

/// <summary>A published single-precision tensor, which may be read as images of channels of pixels.</summary>
internal sealed record OnnxTensor(int[] Extents, float[] Values)
{
    public int Rank => Extents.Length;

    /// <summary>Decodes a tensor; other element types than single precision are outside the graph.</summary>
    public static OnnxTensor Decode(TensorProto proto)
    {
        if (proto.DataType != (int)TensorProto.Types.DataType.Float)
        {
            throw new OutsideGraphException("numbers that are not single precision");
        }

        int[] extents = [.. proto.Dims.Select(extent => checked((int)extent))];
        float[] values = proto.HasRawData
            ? MemoryMarshal.Cast<byte, float>(proto.RawData.Span).ToArray()
            : [.. proto.FloatData];
        Assert.That(values, Has.Length.EqualTo(Product(extents)), "A published tensor holds what its extents say.");
        return new OnnxTensor(extents, values);
    }

    /// <summary>The number of images when an axis counts the channels: the product of the extents before it.</summary>
    public int CountBefore(int axis) => Product(Extents.AsSpan(0, axis));

    /// <summary>The number of pixels when an axis counts the channels: the product of the extents behind it.</summary>
    public int CountAfter(int axis) => Product(Extents.AsSpan(axis + 1));

    /// <summary>An axis counted from the front; ONNX counts negative ones from the back.</summary>
    public int ResolveAxis(long axis) => (int)(axis < 0 ? axis + Rank : axis);

    private static int Product(ReadOnlySpan<int> extents)
    {
        int product = 1;
        foreach (int extent in extents)
        {
            product *= extent;
        }

        return product;
    }
}

/// <summary>A published case asks for something the layer graph does not have; the message says what.</summary>
internal sealed class OutsideGraphException(string message) : Exception(message);
