using System.Runtime.InteropServices;
using Convoy.Layers;

namespace Convoy.Backends.Native;

/// <summary>Activations by themselves, and operations of two tensors, or of a tensor and a constant.</summary>
internal static class ElementwiseOperators
{
    public static ImmutableArray<NativePlan>? Plan(FusedStep step, int batch, in NativeOptions options) => step.Layer switch
    {
        ActivationLayer => [PlanActivation(step.Name, step.Activation, step.InputShapes[0], batch, options.Isa)],
        Binary layer => [PlanTensors(step, layer, batch, options.Isa)],
        BinaryConstant layer =>
        [
            PlanBinary(
                step,
                layer.Operation,
                layer.Constant.Length == 1 ? NativeOperand.Scalar : NativeOperand.Channels,
                step.InputShapes[0],
                layer.ConstantFirst,
                batch,
                options.Isa),
        ],
        _ => null,
    };

    private static NativePlan PlanActivation(string name, Activation activation, Shape shape, int batch, InstructionSet isa) =>
        NativePlanning.Make(name, new ActivateDescriptor
        {
            Header = NativeHeader.Of<ActivateDescriptor>(isa, batch),
            Input = NativeImage.Of(shape),
            Activation = NativeActivation.Of(name, activation),
        });

    /// <summary>Of a step's two inputs the whole one is the operator's input, and the other its operand.</summary>
    private static NativePlan PlanTensors(FusedStep step, Binary layer, int batch, InstructionSet isa)
    {
        BinaryOperands operands = BinaryOperands.Of(step.InputShapes[0], step.InputShapes[1]);
        NativeOperand operand = operands.Broadcast switch
        {
            OperandBroadcast.None => NativeOperand.Tensor,
            OperandBroadcast.Channels => NativeOperand.ImageChannels,
            OperandBroadcast.Number => NativeOperand.ImageScalar,
            _ => throw new BackendException($"Layer '{step.Name}': the native backend does not know the operand {operands.Broadcast}."),
        };
        return PlanBinary(step, layer.Operation, operand, step.InputShapes[operands.Whole], operands.Whole == 1, batch, isa);
    }

    private static NativePlan PlanBinary(
        FusedStep step, BinaryOperation operation, NativeOperand operand, Shape input, bool isOperandFirst, int batch, InstructionSet isa) =>
        Enum.IsDefined(operation)
            ? NativePlanning.Make(step.Name, new BinaryDescriptor
            {
                Header = NativeHeader.Of<BinaryDescriptor>(isa, batch),
                Input = NativeImage.Of(input),
                Kind = operation,
                Operand = operand,
                IsOperandFirst = isOperandFirst ? 1 : 0,
                Activation = NativeActivation.Of(step.Name, step.Activation),
            })
            : throw new BackendException($"Layer '{step.Name}': the native backend does not know {step.Layer.Op} layers.");
}

/// <summary>What stands beside the input: the second input, of its shape or fewer numbers for each image, or constants in the place of the bias.</summary>
internal enum NativeOperand
{
    Tensor = 0,
    Scalar = 1,
    Channels = 2,
    ImageScalar = 3,
    ImageChannels = 4,
}

internal partial struct ActivateDescriptor : INativeDescriptor<ActivateDescriptor>
{
    public NativeHeader Header;
    public NativeImage Input;
    public NativeActivation Activation;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_activate")]
    public static partial NativeStatus Plan(in ActivateDescriptor descriptor, ref NativePlan plan);
}

internal partial struct BinaryDescriptor : INativeDescriptor<BinaryDescriptor>
{
    public NativeHeader Header;
    public NativeImage Input;
    public BinaryOperation Kind;
    public NativeOperand Operand;
    public int IsOperandFirst;
    public NativeActivation Activation;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_binary")]
    public static partial NativeStatus Plan(in BinaryDescriptor descriptor, ref NativePlan plan);
}
