using Convoy.Backends.OpenCL.Interop;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL;

/// <summary>Prepares layers that work element by element (elementwise.cl): two tensors, a tensor and a constant, an activation of its own.</summary>
internal sealed class ElementwisePreparation(DeviceMemory memory, DeviceTraits device, KernelLibrary kernels)
{
    /// <summary>Prepares two tensors, of one shape or one of them broadcast over the other.</summary>
    public PreparedOpenClRegion Prepare(FusedStep step, Binary layer, StepWeights weights, int batch)
    {
        BinaryOperands operands = BinaryOperands.Of(step.InputShapes[0], step.InputShapes[1]);
        ElementwiseOperand operand = operands.Broadcast switch
        {
            OperandBroadcast.None => ElementwiseOperand.Tensor,
            OperandBroadcast.Channels => ElementwiseOperand.ImageChannel,
            OperandBroadcast.Number => ElementwiseOperand.ImageScalar,
            _ => throw new BackendException($"Layer '{step.Name}': the OpenCL backend does not know the operand {operands.Broadcast}."),
        };
        string options = ElementwiseOperation.Of(step.Name, layer.Operation).Options(operand, isSecondFirst: operands.Whole == 1);
        return Prepare(step, weights, batch, options, [], operands);
    }

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

    private PreparedOpenClRegion Prepare(
        FusedStep step, StepWeights weights, int batch, string options, ReadOnlySpan<float> constant, BinaryOperands operands = default)
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
            bool isByChannel = constant.Length > 1 || !slopes.IsEmpty || operands.Broadcast == OperandBroadcast.Channels;
            int row = isByChannel ? step.OutputShape.Channels : checked((int)step.OutputShape.Count);
            int imageRows = (int)(step.OutputShape.Count / row);
            var work = KernelWork.Pass(step.InputShapes.Sum(shape => shape.Count), step.OutputShape.Count);
            KernelLaunch launch = Launch(form, work, row, imageRows, Own("constant", constant), Own("slopes", slopes), operands);
            return new PreparedOpenClRegion("simple", [launch], owned, Layout.Nhwc, Layout.Nhwc)
            {
                PackedBytes = (constant.Length + slopes.Length) * sizeof(float),
                WorkItems = (long)batch * imageRows,
            };
        }
        catch
        {
            owned.ForEach(each => each.Dispose());
            throw;
        }
    }

    private KernelLaunch Launch(
        KernelForm form, KernelWork work, int row, int imageRows, ClBuffer? constant, ClBuffer? slopes, BinaryOperands operands) => kernels.Launch(form, work, k =>
    {
        k.Set("row_floats", row);
        k.Set("image_rows", imageRows);
        k.Set("piece", device.Piece(row));
        k.Set("slopes", slopes);
        var x = new TensorArgument(k, "x");
        var x2 = new TensorArgument(k, "x2");
        var y = new TensorArgument(k, "y");
        return (arena, in run) =>
        {
            x.Set(arena.Maps, run.Inputs[operands.Whole]);
            y.SetOutput(arena, run);
            if (constant is null)
            {
                // An activation by itself reads none.
                x2.Set(arena.Maps, run.Inputs[Math.Min(operands.Other, run.Inputs.Length - 1)]);
            }
            else
            {
                x2.Set(constant, 0);
            }

            return new WorkSize(device.Pieces(row), (long)imageRows * run.Images);
        };
    });
}
