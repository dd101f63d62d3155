using Convoy.Onnx.Format;

namespace Convoy.Onnx.Export;

/// <summary>Pooling. ONNX has no word for adaptive pooling; it is plain where its windows are all alike, and else window by window.</summary>
internal static class PoolWriter
{
    /// <summary>Writes pooling over a sliding window.</summary>
    public static void Write(NodeWriter writer, Pool2D layer)
    {
        AttributeProto[] window =
        [
            OnnxAttribute.Ints("kernel_shape", layer.Kernel),
            OnnxAttribute.Ints("strides", layer.Stride),
            OnnxAttribute.Ints("pads", layer.Window.ResolvePadding(writer.Input)),
            OnnxAttribute.Int("ceil_mode", layer.CeilMode ? 1 : 0),
            .. layer.Window.Dilation == 1 ? (AttributeProto[])[] : [OnnxAttribute.Ints("dilations", layer.Window.Dilation)],
        ];
        if (layer.Kind == PoolKind.Average)
        {
            window = [.. window, OnnxAttribute.Int("count_include_pad", layer.CountPadding ? 1 : 0)];
        }

        writer.Write(OperatorOf(layer.Kind), window);
    }

    /// <summary>Writes pooling to a fixed extent.</summary>
    public static void Write(NodeWriter writer, AdaptivePool2D layer)
    {
        Shape input = writer.Input;
        Extent2D output = layer.Output;
        if (output == 1)
        {
            writer.Write($"Global{OperatorOf(layer.Kind)}");
        }
        else if (input.Height % output.Height == 0 && input.Width % output.Width == 0)
        {
            Extent2D window = new(input.Height / output.Height, input.Width / output.Width);
            writer.Write(OperatorOf(layer.Kind), OnnxAttribute.Ints("kernel_shape", window), OnnxAttribute.Ints("strides", window));
        }
        else
        {
            // Rows first, then columns: the largest of the largest, and the mean of means over as many each.
            string rows = WriteAxis(writer, layer.Kind, writer.Inputs[0], "rows", 2, input.Height, output.Height, isLast: false);
            WriteAxis(writer, layer.Kind, rows, "columns", 3, input.Width, output.Width, isLast: true);
        }
    }

    private static string WriteAxis(NodeWriter writer, PoolKind kind, string input, string suffix, int axis, int extent, int windows, bool isLast)
    {
        var parts = new List<string>();
        for (int i = 0; i < windows; i++)
        {
            long start = (long)i * extent / windows;
            long end = (((i + 1L) * extent) + windows - 1) / windows;
            string part = FormattableString.Invariant($"{suffix}.{i}");
            string slice = writer.Step(
                "Slice",
                part,
                [input, writer.Integers($"{part}.start", start), writer.Integers($"{part}.end", end), writer.Integers($"{part}.axis", axis)]);
            Extent2D kernel = axis == 2 ? new((int)(end - start), 1) : new(1, (int)(end - start));
            parts.Add(writer.Step(OperatorOf(kind), $"{part}.pool", [slice], OnnxAttribute.Ints("kernel_shape", kernel)));
        }

        if (isLast)
        {
            writer.Write("Concat", parts, OnnxAttribute.Int("axis", axis));
            return writer.Node.Name;
        }

        return writer.Step("Concat", suffix, parts, OnnxAttribute.Int("axis", axis));
    }

    private static string OperatorOf(PoolKind kind) => kind switch
    {
        PoolKind.Max => "MaxPool",
        PoolKind.Average => "AveragePool",
        _ => throw new NotSupportedException($"Pooling of the kind {kind} has no operator in ONNX."),
    };
}
