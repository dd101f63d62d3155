using Convoy.Backends.OpenCL.Interop;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL;

/// <summary>Prepares layers that work element by element (elementwise.cl): two tensors, a tensor and a constant, an activation of its own.</summary>
internal sealed class ElementwisePreparation(DeviceMemory memory, DeviceTraits device, KernelLibrary kernels)
{
    /// <summary>Prepares two tensors of one shape.</summary>
    public PreparedOpenClRegion Prepare(FusedStep step, Binary layer, StepWeights weights, int batch) =>
        Prepare(step, weights, batch, ElementwiseOperation.Of(step.Name, layer.Operation).Options(ElementwiseOperand.Tensor, isSecondFirst: false), []);

    /// <summary>Prepares a tensor and a constant.</summary>
    public PreparedOpenClRegion Prepare(FusedStep step, BinaryConstant layer, StepWeights weights, int batch)
    {
        ElementwiseOperand operand = layer.Constant.Length == 1 ? ElementwiseOperand.Scalar : ElementwiseOperand.Channel;
        string options = ElementwiseOperation.Of(step.Name, layer.Operation).Options(operand, layer.ConstantFirst);
        return Prepare(step, weights, batch, options, layer.Constant.AsSpan());
    }

    /// <summary>Prepares an activation of its own.</summary>
    public PreparedOpenClRegion Prepare(FusedStep step, StepWeights weights, int batch) =>
        Prepare(step, weights, batch, ElementwiseOperation.Copy.Options(ElementwiseOperand.Tensor, isSecondFirst: false), []);

    private PreparedOpenClRegion Prepare(FusedStep step, StepWeights weights, int batch, string options, ReadOnlySpan<float> constant)
    {
        var form = new KernelForm("elementwise.cl", "elementwise", $"{options} {KernelActivation.OptionsFor(step.Name, step.Activation)}");
        ReadOnlySpan<float> slopes = weights.Slopes.Span;
        List<IDisposable> owned = [];
        try
        {
            ClBuffer? Own(string what, ReadOnlySpan<float> numbers)
            {
                ClBuffer? buffer = numbers.IsEmpty ? null : memory.From($"Layer '{step.Name}': its {what}", numbers);
                owned.AddRange(buffer is null ? [] : [buffer]);
                return buffer;
            }

            // Where no number belongs to a channel, a row is a whole image.
            bool isByChannel = constant.Length > 1 || !slopes.IsEmpty;
            int row = isByChannel ? step.OutputShape.Channels : checked((int)step.OutputShape.Count);
            KernelLaunch launch = Launch(form, row, step.OutputShape.Count / row, Own("constant", constant), Own("slopes", slopes));
            return new PreparedOpenClRegion("simple", [launch], owned, Layout.Nhwc, Layout.Nhwc)
            {
                PackedBytes = (constant.Length + slopes.Length) * sizeof(float),
                WorkItems = batch * (step.OutputShape.Count / row),
            };
        }
        catch
        {
            owned.ForEach(each => each.Dispose());
            throw;
        }
    }

    private KernelLaunch Launch(KernelForm form, int row, long imageRows, ClBuffer? constant, ClBuffer? slopes) => kernels.Launch(form, k =>
    {
        k.Set("row_floats", row);
        k.Set("piece", device.Piece(row));
        k.Set("slopes", slopes);
        var x = new TensorArgument(k, "x");
        var x2 = new TensorArgument(k, "x2");
        var y = new TensorArgument(k, "y");
        return (arena, in run) =>
        {
            x.SetInput(arena, run);
            y.SetOutput(arena, run);
            if (constant is null)
            {
                x2.Set(arena.Maps, run.Inputs[^1]);
            }
            else
            {
                x2.Set(constant, 0);
            }

            return new WorkSize(device.Pieces(row), imageRows * run.Images);
        };
    });
}
