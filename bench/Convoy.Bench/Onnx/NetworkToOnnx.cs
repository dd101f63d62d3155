using CommunityToolkit.HighPerformance;
using Google.Protobuf;

namespace Convoy.Bench.Onnx;

/// <summary>
/// Writes a network with its weights as an ONNX model, so that other engines can run the very same one: any number of
/// images of shape [N, C, H, W] in, their scores out. Values are named as the nodes that compute them.
/// </summary>
internal static class NetworkToOnnx
{
    // The oldest forms of the operators that say all our layers say; GELU has a word from 20 on, and only it asks for that.
    private const long OperatorSet = 17;
    private const long OperatorSetOfGelu = 20;
    private const long IrVersion = 8;
    private const long IrVersionOfGelu = 9;

    private const string BatchName = "batch";

    /// <summary>Converts a network. It must stay below 2 GB, the most a serialized message can hold.</summary>
    /// <exception cref="NotSupportedException">A layer has no counterpart; the sentence names it.</exception>
    public static ModelProto Convert(Network network, WeightSet weights)
    {
        weights.Validate(network);
        var graph = new GraphProto { Name = network.Name };
        graph.Input.Add(DescribeValue(network.Input));
        graph.Output.AddRange(network.Outputs.Select(DescribeValue));
        graph.Initializer.AddRange(weights.Tensors.Select(tensor => ConvertTensor(tensor, network)));
        foreach (Node node in network.Nodes)
        {
            graph.Node.AddRange(ConvertNode(node));
            graph.Initializer.AddRange(OnnxConstants.Of(node));
        }

        bool hasGelu = network.Nodes.Any(node => node.Layer is ActivationLayer { Function.Kind: ActivationKind.Gelu or ActivationKind.GeluTanh });

        return new ModelProto
        {
            IrVersion = hasGelu ? IrVersionOfGelu : IrVersion,
            ProducerName = "convoy",
            Graph = graph,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = hasGelu ? OperatorSetOfGelu : OperatorSet } },
        };
    }

    private static ValueInfoProto DescribeValue(Node node)
    {
        var shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = BatchName } } };
        shape.Dim.AddRange(node.Shape.Extents.Select(extent => new TensorShapeProto.Types.Dimension { DimValue = extent }));
        return new ValueInfoProto
        {
            Name = node.Name,
            Type = new TypeProto { TensorType = new() { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } },
        };
    }

    private static TensorProto ConvertTensor(WeightTensor tensor, Network network)
    {
        var values = new float[tensor.Shape.Count];
        tensor.CopyTo(values);
        var proto = new TensorProto
        {
            Name = tensor.Name,
            DataType = (int)TensorProto.Types.DataType.Float,
            RawData = UnsafeByteOperations.UnsafeWrap(values.AsMemory().AsBytes()),
        };
        proto.Dims.AddRange(tensor.Shape.Extents.Select(extent => (long)extent));
        if (network.Nodes.FirstOrDefault(node => node.Layer is ActivationLayer && node.Parameters.Any(each => node.QualifiedName(each) == tensor.Name)) is { } prelu)
        {
            // ONNX spreads slopes as it spreads any operand: from the last extent on.
            proto.Dims.AddRange(OnnxConstants.PixelExtents(prelu.Shape));
        }

        return proto;
    }

    private static IEnumerable<NodeProto> ConvertNode(Node node)
    {
        switch (node.Layer)
        {
            case Input:
                return [];
            case FullyConnected when node.InputShapes[0].IsImage:
                string flat = $"{node.Name}.flat";
                NodeProto gemm = Operator(node, "Gemm", OnnxAttribute.Int("transB", 1));
                NodeProto flatten = new() { OpType = "Flatten", Name = flat, Input = { gemm.Input[0] }, Output = { flat } };
                gemm.Input[0] = flat;
                return [flatten, gemm];
            case ActivationLayer { Function.Kind: ActivationKind.Clip }:
                NodeProto clip = Operator(node, "Clip");
                clip.Input.AddRange([OnnxConstants.NameOf(node), OnnxConstants.ValueNameOf(node)]);
                return [clip];
            case ActivationLayer { Function.Kind: ActivationKind.Silu }:
                string sigmoid = $"{node.Name}.sigmoid";
                NodeProto product = Operator(node, "Mul");
                NodeProto factor = new() { OpType = "Sigmoid", Name = sigmoid, Input = { product.Input[0] }, Output = { sigmoid } };
                product.Input.Add(sigmoid);
                return [factor, product];
            default:
                return [ConvertLayer(node)];
        }
    }

    private static NodeProto ConvertLayer(Node node) => node.Layer switch
    {
        Convolution2D layer => Operator(
            node,
            "Conv",
            OnnxAttribute.Ints("kernel_shape", layer.Kernel),
            OnnxAttribute.Ints("strides", layer.Stride),
            OnnxAttribute.Ints("pads", layer.Window.ResolvePadding(node.InputShapes[0])),
            OnnxAttribute.Ints("dilations", layer.Dilation),
            OnnxAttribute.Int("group", layer.Groups)),
        FullyConnected => Operator(node, "Gemm", OnnxAttribute.Int("transB", 1)),
        Pool2D layer when layer.Window.Dilation == 1 => ConvertPool(node, layer),
        AdaptivePool2D layer => ConvertAdaptivePool(node, layer),
        LocalResponseNormalization layer => ConvertNormalization(node, layer),
        BatchNormalization layer => Operator(node, "BatchNormalization", OnnxAttribute.Float("epsilon", layer.Epsilon)),
        ActivationLayer layer => OnnxActivations.Convert(layer.Function, (type, attributes) => Operator(node, type, attributes)),
        Dropout => Operator(node, "Identity"),
        Flatten => Operator(node, "Flatten"),
        Softmax => Operator(node, "Softmax", OnnxAttribute.Int("axis", 1)),
        LogSoftmax => Operator(node, "LogSoftmax", OnnxAttribute.Int("axis", 1)),
        Binary layer when node.InputShapes[0] == node.InputShapes[1] => Operator(node, NameOf(layer.Operation)),
        BinaryConstant layer => ConvertConstant(node, layer),
        Pad2D => ConvertPad(node),
        DepthToSpace layer => Operator(
            node, "DepthToSpace", OnnxAttribute.Int("blocksize", layer.Block), OnnxAttribute.Text("mode", layer.ChannelMajor ? "CRD" : "DCR")),
        Concat => Operator(node, "Concat", OnnxAttribute.Int("axis", 1)),
        _ => throw new NotSupportedException($"Layer '{node.Name}': a {node.Layer.Op} layer has no counterpart in ONNX."),
    };

    private static NodeProto ConvertNormalization(Node node, LocalResponseNormalization layer) =>
        layer.Alignment == LrnAlignment.Above || layer.Size % 2 == 1
            ? Operator(
                node,
                "LRN",
                OnnxAttribute.Int("size", layer.Size),
                OnnxAttribute.Float("alpha", layer.Alpha),
                OnnxAttribute.Float("beta", layer.Beta),
                OnnxAttribute.Float("bias", layer.K))
            : throw new NotSupportedException(
                $"Layer '{node.Name}': a normalisation over {layer.Size} channels, aligned {layer.Alignment}, has no counterpart in ONNX.");

    private static string NameOf(BinaryOperation operation) => operation switch
    {
        BinaryOperation.Add => "Add",
        BinaryOperation.Subtract => "Sub",
        BinaryOperation.Multiply => "Mul",
        BinaryOperation.Divide => "Div",
        BinaryOperation.Minimum => "Min",
        BinaryOperation.Maximum => "Max",
        _ => throw new NotSupportedException($"The binary operation {operation} has no counterpart in ONNX."),
    };

    private static NodeProto ConvertConstant(Node node, BinaryConstant layer)
    {
        NodeProto proto = Operator(node, NameOf(layer.Operation));
        proto.Input.Insert(layer.ConstantFirst ? 0 : 1, OnnxConstants.NameOf(node));
        return proto;
    }

    private static NodeProto ConvertPad(Node node)
    {
        NodeProto proto = Operator(node, "Pad");
        proto.Input.AddRange([OnnxConstants.NameOf(node), OnnxConstants.ValueNameOf(node)]);
        return proto;
    }

    private static NodeProto ConvertPool(Node node, Pool2D layer)
    {
        AttributeProto[] window =
        [
            OnnxAttribute.Ints("kernel_shape", layer.Kernel),
            OnnxAttribute.Ints("strides", layer.Stride),
            OnnxAttribute.Ints("pads", layer.Window.ResolvePadding(node.InputShapes[0])),
            OnnxAttribute.Int("ceil_mode", layer.CeilMode ? 1 : 0),
        ];
        return layer.Kind == PoolKind.Max
            ? Operator(node, "MaxPool", window)
            : Operator(node, "AveragePool", [.. window, OnnxAttribute.Int("count_include_pad", layer.CountPadding ? 1 : 0)]);
    }

    /// <summary>Adaptive pooling is plain pooling where its windows are all alike; ONNX has no word for the rest.</summary>
    private static NodeProto ConvertAdaptivePool(Node node, AdaptivePool2D layer)
    {
        Shape input = node.InputShapes[0];
        if (input.Height % layer.Output.Height != 0 || input.Width % layer.Output.Width != 0)
        {
            throw new NotSupportedException(
                $"Layer '{node.Name}': ONNX has no adaptive pooling, and {input.Height} x {input.Width} pixels do not divide into {layer.Output} equal windows.");
        }

        Extent2D window = new(input.Height / layer.Output.Height, input.Width / layer.Output.Width);
        string type = layer.Kind switch
        {
            PoolKind.Max => "MaxPool",
            PoolKind.Average => "AveragePool",
            _ => throw new NotSupportedException($"Layer '{node.Name}': pooling of the kind {layer.Kind} has no counterpart in ONNX."),
        };
        return Operator(node, type, OnnxAttribute.Ints("kernel_shape", window), OnnxAttribute.Ints("strides", window));
    }

    /// <summary>An operator over a node's inputs, then its weights, which ONNX wants in the order the layer has them.</summary>
    private static NodeProto Operator(Node node, string type, params ReadOnlySpan<AttributeProto> attributes)
    {
        var proto = new NodeProto { OpType = type, Name = node.Name, Output = { node.Name } };
        proto.Input.AddRange(node.Inputs.Select(input => input.Name));
        proto.Input.AddRange(node.Parameters.Select(node.QualifiedName));
        proto.Attribute.AddRange(attributes.ToArray());
        return proto;
    }
}
