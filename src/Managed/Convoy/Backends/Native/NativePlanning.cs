using Convoy.Layers;

namespace Convoy.Backends.Native;

/// <summary>From fused steps to the C library's descriptors, and from those to plans.</summary>
internal static class NativePlanning
{
    /// <summary>Plans a step that is no convolution: one plan, or for a concatenation one for each input.</summary>
    /// <param name="step">The step.</param>
    /// <param name="batch">The largest number of images.</param>
    /// <param name="choices">What the session settled.</param>
    public static ImmutableArray<NativePlan> Plan(FusedStep step, int batch, in NativeChoices choices)
    {
        InstructionSet isa = choices.Isa;
        Shape input = step.InputShapes[0];
        return step.Layer switch
        {
            FullyConnected layer => [PlanDense(step, layer, input, batch, choices)],
            Pool2D layer => [PlanPool(step, layer, input, batch, isa)],
            AdaptiveAveragePool2D => [PlanAdaptivePool(step, input, batch, isa)],
            LocalResponseNormalization layer => [PlanNormalization(step, layer, input, batch, isa)],
            Softmax => [PlanSoftmax(step.Name, input, batch, isa)],
            Add => [PlanElementwise(step.Name, NativeElementwiseKind.Add, step.Activation, input, batch, isa)],
            ActivationLayer => [PlanElementwise(step.Name, NativeElementwiseKind.Activation, step.Activation, input, batch, isa)],
            Flatten => [PlanTransform(step.Name, NativeTransformKind.NhwcToNchw, input, batch, isa)],
            Concat => PlanConcat(step, batch, isa),
            _ => throw new BackendException($"Layer '{step.Name}': the native backend does not know {step.Layer.Op} layers."),
        };
    }

    /// <summary>Plans a change of layout, or the normalisation of bytes.</summary>
    public static NativePlan PlanTransform(string name, NativeTransformKind kind, Shape shape, int batch, InstructionSet isa) =>
        Make(name, new TransformDescriptor
        {
            Isa = isa,
            Batch = batch,
            Kind = kind,
            Height = shape.Height,
            Width = shape.Width,
            Channels = shape.Channels,
        });

    /// <summary>Plans an element-wise operator; with no activation, a copy.</summary>
    public static NativePlan PlanElementwise(
        string name, NativeElementwiseKind kind, Activation activation, Shape shape, int batch, InstructionSet isa) =>
        Make(name, new ElementwiseDescriptor
        {
            Isa = isa,
            Batch = batch,
            Kind = kind,
            Height = shape.Height,
            Width = shape.Width,
            Channels = shape.Channels,
            Activation = Translate(activation),
        });

    private static NativePlan PlanDense(FusedStep step, FullyConnected layer, Shape input, int batch, in NativeChoices choices) =>
        Make(step.Name, new DenseDescriptor
        {
            Isa = choices.Isa,
            Batch = batch,
            Height = input.Height,
            Width = input.Width,
            Channels = input.Channels,
            OutFeatures = layer.Features,
            Activation = Translate(step.Activation),
            WeightFormat = choices.Precision,
        });

    private static NativePlan PlanPool(FusedStep step, Pool2D layer, Shape input, int batch, InstructionSet isa)
    {
        Padding padding = layer.Window.ResolvePadding(input);
        return Make(step.Name, new Pool2DDescriptor
        {
            Isa = isa,
            Batch = batch,
            Kind = layer.Kind == PoolKind.Max ? NativePoolKind.Max
                : layer.CountPadding ? NativePoolKind.AveragePadded
                : NativePoolKind.Average,
            Height = input.Height,
            Width = input.Width,
            Channels = input.Channels,
            OutHeight = step.OutputShape.Height,
            OutWidth = step.OutputShape.Width,
            KernelH = layer.Kernel.Height,
            KernelW = layer.Kernel.Width,
            StrideH = layer.Stride.Height,
            StrideW = layer.Stride.Width,
            PadTop = padding.Top,
            PadLeft = padding.Left,
            PadBottom = padding.Bottom,
            PadRight = padding.Right,
        });
    }

    private static NativePlan PlanAdaptivePool(FusedStep step, Shape input, int batch, InstructionSet isa) =>
        Make(step.Name, new Pool2DDescriptor
        {
            Isa = isa,
            Batch = batch,
            Kind = NativePoolKind.AdaptiveAverage,
            Height = input.Height,
            Width = input.Width,
            Channels = input.Channels,
            OutHeight = step.OutputShape.Height,
            OutWidth = step.OutputShape.Width,
        });

    private static NativePlan PlanNormalization(
        FusedStep step, LocalResponseNormalization layer, Shape input, int batch, InstructionSet isa) =>
        Make(step.Name, new LrnDescriptor
        {
            Isa = isa,
            Batch = batch,
            Height = input.Height,
            Width = input.Width,
            Channels = input.Channels,
            Size = layer.Size,
            Alpha = layer.Alpha,
            Beta = layer.Beta,
            K = layer.K,
        });

    private static NativePlan PlanSoftmax(string name, Shape shape, int batch, InstructionSet isa) =>
        Make(name, new SoftmaxDescriptor
        {
            Isa = isa,
            Batch = batch,
            Height = shape.Height,
            Width = shape.Width,
            Channels = shape.Channels,
        });

    private static ImmutableArray<NativePlan> PlanConcat(FusedStep step, int batch, InstructionSet isa)
    {
        var plans = ImmutableArray.CreateBuilder<NativePlan>(step.InputShapes.Length);
        int offset = 0;
        foreach (Shape input in step.InputShapes)
        {
            plans.Add(Make(step.Name, new ConcatDescriptor
            {
                Isa = isa,
                Batch = batch,
                Height = input.Height,
                Width = input.Width,
                Channels = input.Channels,
                OutChannels = step.OutputShape.Channels,
                ChannelOffset = offset,
            }));
            offset += input.Channels;
        }

        return plans.MoveToImmutable();
    }

    /// <summary>Asks the library for a plan.</summary>
    /// <exception cref="BackendException">It cannot make one; the sentence names the step.</exception>
    public static NativePlan Make<TDescriptor>(string step, in TDescriptor descriptor)
        where TDescriptor : struct, INativeDescriptor
    {
        var plan = new NativePlan();
        descriptor.Plan(ref plan).ThrowIfFailed("plan", step);
        return plan;
    }

    /// <summary>The activation as the library numbers it.</summary>
    public static NativeActivation Translate(Activation activation) => activation.Kind switch
    {
        ActivationKind.None => NativeActivation.None,
        ActivationKind.Relu => NativeActivation.Relu,
        ActivationKind.Tanh => NativeActivation.Tanh,
        _ => throw new BackendException($"The native backend does not know the activation {activation}."),
    };
}
