namespace Convoy.Onnx.Export;

/// <summary>Layers as ONNX has them.</summary>
internal static class LayerWriter
{
    private static readonly long[] OnePixel = [1, 1];

    /// <summary>Writes a layer.</summary>
    public static void Write(NodeWriter writer)
    {
        switch (writer.Node.Layer)
        {
            case Input:
                break;
            case Convolution2D layer:
                writer.Write(
                    "Conv",
                    OnnxAttribute.Ints("kernel_shape", layer.Kernel),
                    OnnxAttribute.Ints("strides", layer.Stride),
                    PaddingOf(layer, writer.Input),
                    OnnxAttribute.Ints("dilations", layer.Dilation),
                    OnnxAttribute.Int("group", layer.Groups));
                break;
            case FullyConnected:
                string vector = writer.Input.IsImage ? writer.Reshape(writer.Inputs[0], "flat", -1) : writer.Inputs[0];
                writer.Write("Gemm", [vector, .. writer.Weights], OnnxAttribute.Int("transB", 1));
                break;
            case Pool2D layer:
                PoolWriter.Write(writer, layer);
                break;
            case AdaptivePool2D layer:
                PoolWriter.Write(writer, layer);
                break;
            case LocalResponseNormalization layer:
                WriteNormalization(writer, layer);
                break;
            case BatchNormalization layer:
                writer.Write("BatchNormalization", OnnxAttribute.Float("epsilon", layer.Epsilon));
                break;
            case InstanceNormalization layer:
                writer.Write("InstanceNormalization", OnnxAttribute.Float("epsilon", layer.Epsilon));
                break;
            case ActivationLayer layer:
                ActivationWriter.Write(writer, layer.Function);
                break;
            case Dropout layer:
                writer.Write("Dropout", [writer.Inputs[0], writer.Constant("ratio", [], layer.Rate)]);
                break;
            case Softmax:
                writer.Write("Softmax", OnnxAttribute.Int("axis", 1));
                break;
            case LogSoftmax:
                writer.Write("LogSoftmax", OnnxAttribute.Int("axis", 1));
                break;
            case Binary layer:
                writer.Write(OperatorOf(layer.Operation), [Broadcast(writer, 0), Broadcast(writer, 1)]);
                break;
            case BinaryConstant layer:
                WriteConstant(writer, layer);
                break;
            case Concat:
                writer.Write("Concat", OnnxAttribute.Int("axis", 1));
                break;
            case Slice layer:
                WriteSlice(writer, layer);
                break;
            case Flatten:
                writer.Write("Flatten");
                break;
            case Unflatten layer:
                writer.Write("Reshape", [writer.Inputs[0], writer.Integers("shape", [0, .. Extents(layer.Output)])]);
                break;
            case Transpose layer:
                writer.Write("Transpose", OnnxAttribute.Ints("perm", 0, 1 + layer.First, 1 + layer.Second, 1 + layer.Third));
                break;
            case Pad2D { Padding: var pad } layer:
                // Where each of the four axes begins, then where each ends; images and channels are not padded.
                writer.Write("Pad", [
                    writer.Inputs[0],
                    writer.Integers("pads", 0, 0, pad.Top, pad.Left, 0, 0, pad.Bottom, pad.Right),
                    writer.Constant("value", [], layer.Value)]);
                break;
            case DepthToSpace layer:
                writer.Write("DepthToSpace", OnnxAttribute.Int("blocksize", layer.Block), OnnxAttribute.Text("mode", layer.ChannelMajor ? "CRD" : "DCR"));
                break;
            case SpaceToDepth layer:
                writer.Write("SpaceToDepth", OnnxAttribute.Int("blocksize", layer.Block));
                break;
            case Upsample layer:
                writer.Write(
                    "Resize",
                    [writer.Inputs[0], "", writer.Constant("scales", [4], 1, 1, layer.Factor.Height, layer.Factor.Width)],
                    OnnxAttribute.Text("mode", "nearest"),
                    OnnxAttribute.Text("coordinate_transformation_mode", "asymmetric"),
                    OnnxAttribute.Text("nearest_mode", "floor"));
                break;
            default:
                throw new NotSupportedException($"Layer '{writer.Node.Name}': a {writer.Node.Layer.Op} layer has no operator in ONNX.");
        }
    }

    /// <summary>Ones for a feature map's height and width, so that a number a channel is broadcast over the pixels.</summary>
    public static long[] PixelExtents(Shape shape) => shape.IsImage ? OnePixel : [];

    /// <summary>ONNX Runtime pads by itself where nothing is dilated, and has numbers else.</summary>
    private static Format.AttributeProto PaddingOf(Convolution2D layer, Shape input) => layer.Padding.Mode switch
    {
        PaddingMode.SameUpper when layer.Dilation == 1 => OnnxAttribute.Text("auto_pad", "SAME_UPPER"),
        PaddingMode.SameLower when layer.Dilation == 1 => OnnxAttribute.Text("auto_pad", "SAME_LOWER"),
        _ => OnnxAttribute.Ints("pads", layer.Window.ResolvePadding(input)),
    };

    /// <summary>ONNX Runtime has no window of an even size: its mean of squares is one of a pooling over channels then.</summary>
    private static void WriteNormalization(NodeWriter writer, LocalResponseNormalization layer)
    {
        if (layer.Size % 2 == 1)
        {
            writer.Write(
                "LRN",
                OnnxAttribute.Int("size", layer.Size),
                OnnxAttribute.Float("alpha", layer.Alpha),
                OnnxAttribute.Float("beta", layer.Beta),
                OnnxAttribute.Float("bias", layer.K));
            return;
        }

        Shape shape = writer.Input;
        string input = writer.Inputs[0];
        (int before, int after) = layer.Alignment == LrnAlignment.Above ? ((layer.Size / 2) - 1, layer.Size / 2) : (layer.Size / 2, (layer.Size / 2) - 1);
        string squares = writer.Step("Mul", "squares", [input, input]);
        string plane = writer.Reshape(squares, "plane", 1, shape.Channels, shape.Height * (long)shape.Width);
        string means = writer.Step(
            "AveragePool",
            "means",
            [plane],
            OnnxAttribute.Ints("kernel_shape", layer.Size, 1),
            OnnxAttribute.Ints("pads", before, 0, after, 0),
            OnnxAttribute.Int("count_include_pad", 1));
        string image = writer.Reshape(means, "image", [.. Extents(shape)]);
        string scaled = writer.Step("Mul", "scaled", [image, writer.Constant("alpha", [], layer.Alpha)]);
        string sum = writer.Step("Add", "sum", [scaled, writer.Constant("k", [], layer.K)]);
        writer.Write("Div", [input, writer.Step("Pow", "power", [sum, writer.Constant("beta", [], layer.Beta)])]);
    }

    private static void WriteSlice(NodeWriter writer, Slice layer)
    {
        // An end before the first channel would be counted from the last.
        long end = layer.Start + ((long)layer.Count * layer.Step);
        writer.Write("Slice", [writer.Inputs[0], .. SliceInputs(writer, "slice", layer.Start, end < 0 ? long.MinValue : end, layer.Step)]);
    }

    private static string[] SliceInputs(NodeWriter writer, string suffix, long start, long end, long step) =>
    [
        writer.Integers($"{suffix}.start", start),
        writer.Integers($"{suffix}.end", end),
        writer.Integers($"{suffix}.axis", 1),
        writer.Integers($"{suffix}.step", step),
    ];

    private static void WriteConstant(NodeWriter writer, BinaryConstant layer)
    {
        long[] extents = layer.Constant.Length == 1 ? [] : [layer.Constant.Length, .. PixelExtents(writer.Input)];
        string constant = writer.Constant("constant", extents, [.. layer.Constant]);
        string input = writer.Inputs[0];
        writer.Write(OperatorOf(layer.Operation), layer.ConstantFirst ? [constant, input] : [input, constant]);
    }

    /// <summary>An operand with as many extents as the result, so that it is broadcast over the right ones.</summary>
    private static string Broadcast(NodeWriter writer, int operand)
    {
        Shape shape = writer.Node.InputShapes[operand];
        return shape.Rank == writer.Node.Shape.Rank
            ? writer.Inputs[operand]
            : writer.Reshape(writer.Inputs[operand], FormattableString.Invariant($"operand{operand}"), [shape.Channels, .. PixelExtents(writer.Node.Shape)]);
    }

    private static string OperatorOf(BinaryOperation operation) => operation switch
    {
        BinaryOperation.Add => "Add",
        BinaryOperation.Subtract => "Sub",
        BinaryOperation.Multiply => "Mul",
        BinaryOperation.Divide => "Div",
        BinaryOperation.Minimum => "Min",
        BinaryOperation.Maximum => "Max",
        _ => throw new NotSupportedException($"The binary operation {operation} has no operator in ONNX."),
    };

    private static IEnumerable<long> Extents(Shape shape) => shape.Extents.Select(extent => (long)extent);
}
