using Convoy.Layers;

namespace Convoy.Backends.Reference;

/// <summary>
/// Binary layers as their definitions read, over one image. An activation by itself is a copy, to which the region applies it.
/// </summary>
internal static class ReferenceElementwise
{
    /// <summary>The function of a step; null where its layer is of another family.</summary>
    /// <exception cref="BackendException">There is no such operation.</exception>
    public static ImageFunction? Select(FusedStep step) => step.Layer switch
    {
        ActivationLayer => (x, y) => x[0].CopyTo(y),
        Binary layer => OfTensors(step.Name, layer, step.OutputShape),
        BinaryConstant layer => OfConstant(step.Name, layer, step.InputShapes[0]),
        _ => null,
    };

    /// <summary>y = a op b, of which one may be the only number, or that of the channel.</summary>
    private static ImageFunction OfTensors(string name, Binary layer, Shape shape)
    {
        Func<double, double, double> function = Select(name, layer.Operation);
        int area = shape.Height * shape.Width;
        return (inputs, output) =>
        {
            ReadOnlySpan<double> a = inputs[0].Span;
            ReadOnlySpan<double> b = inputs[1].Span;
            Span<double> y = output.Span;
            for (int i = 0; i < y.Length; i++)
            {
                y[i] = function(a[Place(i, a.Length)], b[Place(i, b.Length)]);
            }

            int Place(int i, int count) => count == 1 ? 0 : count == shape.Count ? i : i / area;
        };
    }

    /// <summary>y = x op constant[channel], or the other way round.</summary>
    private static ImageFunction OfConstant(string name, BinaryConstant layer, Shape shape)
    {
        Func<double, double, double> function = Select(name, layer.Operation);
        int area = shape.Height * shape.Width;
        return (inputs, output) =>
        {
            ReadOnlySpan<double> x = inputs[0].Span;
            Span<double> y = output.Span;
            for (int i = 0; i < y.Length; i++)
            {
                double constant = layer.Constant[layer.Constant.Length == 1 ? 0 : i / area];
                y[i] = layer.ConstantFirst ? function(constant, x[i]) : function(x[i], constant);
            }
        };
    }

    private static Func<double, double, double> Select(string name, BinaryOperation operation) => operation switch
    {
        BinaryOperation.Add => (a, b) => a + b,
        BinaryOperation.Subtract => (a, b) => a - b,
        BinaryOperation.Multiply => (a, b) => a * b,
        BinaryOperation.Divide => (a, b) => a / b,
        BinaryOperation.Minimum => Math.Min,
        BinaryOperation.Maximum => Math.Max,
        _ => throw new BackendException($"Layer '{name}': the reference backend does not know the operation {operation}."),
    };
}
