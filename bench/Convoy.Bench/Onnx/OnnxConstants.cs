using CommunityToolkit.HighPerformance;
using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;
using Google.Protobuf;
using static Convoy.Bench.Onnx.TensorProto.Types;

namespace Convoy.Bench.Onnx;

/// <summary>What is a part of a layer here and an input of the operator in ONNX: constants, bounds, extents of padding.</summary>
internal static class OnnxConstants
{
    /// <summary>The name of a node's constant, or the lower of its bounds, or its padding.</summary>
    public static string NameOf(Node node) => $"{node.Name}.constant";

    /// <summary>The name of the upper of its bounds, or the value it pads with.</summary>
    public static string ValueNameOf(Node node) => $"{node.Name}.value";

    /// <summary>The tensors of a node.</summary>
    public static IEnumerable<TensorProto> Of(Node node) => node.Layer switch
    {
        BinaryConstant layer => [Numbers(NameOf(node), ExtentsOf(layer, node.Shape), [.. layer.Constant])],
        ActivationLayer { Function: { Kind: ActivationKind.Clip } clip } =>
            [Numbers(NameOf(node), [], [clip.Alpha]), Numbers(ValueNameOf(node), [], [clip.Beta])],
        Pad2D layer => [Pads(NameOf(node), layer.Padding), Numbers(ValueNameOf(node), [], [layer.Value])],
        _ => [],
    };

    /// <summary>Ones for a feature map's height and width, so that a number a channel is spread over the pixels.</summary>
    public static IEnumerable<long> PixelExtents(Shape shape) => shape.IsImage ? [1, 1] : [];

    private static long[] ExtentsOf(BinaryConstant layer, Shape shape) =>
        layer.Constant.Length == 1 ? [] : [layer.Constant.Length, .. PixelExtents(shape)];

    private static TensorProto Pads(string name, Padding padding)
    {
        // Where each of the four axes begins, then where each ends; images and channels are not padded.
        long[] pads = [0, 0, padding.Top, padding.Left, 0, 0, padding.Bottom, padding.Right];
        return new TensorProto { Name = name, DataType = (int)DataType.Int64, Dims = { pads.Length }, Int64Data = { pads } };
    }

    private static TensorProto Numbers(string name, long[] extents, float[] values) => new()
    {
        Name = name,
        DataType = (int)DataType.Float,
        Dims = { extents },
        RawData = UnsafeByteOperations.UnsafeWrap(values.AsMemory().AsBytes()),
    };
}
