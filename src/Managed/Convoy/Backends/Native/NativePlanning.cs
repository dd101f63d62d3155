using System.Collections.Immutable;
using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;

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
        return step.Layer switch
        {
            FullyConnected layer => [PlanDense(step, layer, batch, choices)],
            Pool2D layer => [PlanPool(step, layer, batch, isa)],
            AdaptiveAveragePool2D => [PlanAdaptivePool(step, NativePoolKind.AdaptiveAverage, batch, isa)],
            LocalResponseNormalization layer => [PlanNormalization(step, layer, batch, isa)],
            Softmax => [PlanSoftmax(step, NativeSoftmaxKind.Plain, batch, isa)],
            Add => [PlanBinary(step, NativeBinaryKind.Add, batch, isa)],
            ActivationLayer => [PlanActivation(step.Name, step.Activation, step.InputShapes[0], batch, isa)],
            Flatten => [PlanTransform(step.Name, NativeTransformKind.NhwcToNchw, step.InputShapes[0], batch, isa)],
            Concat => PlanConcat(step, batch, isa),
            _ => throw new BackendException($"Layer '{step.Name}': the native backend does not know {step.Layer.Op} layers."),
        };
    }

    /// <summary>Plans a change of layout, or the normalisation of bytes.</summary>
    public static NativePlan PlanTransform(string name, NativeTransformKind kind, Shape shape, int batch, InstructionSet isa) =>
        Make(name, new TransformDescriptor { Header = NativeHeader.Of<TransformDescriptor>(isa, batch), Input = NativeImage.Of(shape), Kind = kind });

    /// <summary>Plans an activation by itself; with none, a copy.</summary>
    public static NativePlan PlanActivation(string name, Activation activation, Shape shape, int batch, InstructionSet isa) =>
        Make(name, new ActivateDescriptor
        {
            Header = NativeHeader.Of<ActivateDescriptor>(isa, batch),
            Input = NativeImage.Of(shape),
            Activation = NativeActivation.Of(activation),
        });

    /// <summary>Asks the library for a plan.</summary>
    /// <exception cref="BackendException">It cannot make one; the sentence names the step.</exception>
    public static NativePlan Make<TDescriptor>(string step, in TDescriptor descriptor)
        where TDescriptor : struct, INativeDescriptor
    {
        var plan = new NativePlan();
        descriptor.Plan(ref plan).ThrowIfFailed("plan", step);
        return plan;
    }

    private static NativePlan PlanBinary(FusedStep step, NativeBinaryKind kind, int batch, InstructionSet isa) =>
        Make(step.Name, new BinaryDescriptor
        {
            Header = NativeHeader.Of<BinaryDescriptor>(isa, batch),
            Input = NativeImage.Of(step.InputShapes[0]),
            Kind = kind,
            Operand = NativeOperand.Tensor,
            Activation = NativeActivation.Of(step.Activation),
        });

    private static NativePlan PlanDense(FusedStep step, FullyConnected layer, int batch, in NativeChoices choices) =>
        Make(step.Name, new DenseDescriptor
        {
            Header = NativeHeader.Of<DenseDescriptor>(choices.Isa, batch),
            Input = NativeImage.Of(step.InputShapes[0]),
            OutFeatures = layer.Features,
            WeightFormat = choices.Precision,
            Activation = NativeActivation.Of(step.Activation),
        });

    private static NativePlan PlanPool(FusedStep step, Pool2D layer, int batch, InstructionSet isa) =>
        Make(step.Name, new Pool2DDescriptor
        {
            Header = NativeHeader.Of<Pool2DDescriptor>(isa, batch),
            Input = NativeImage.Of(step.InputShapes[0]),
            Window = NativeWindow.Of(layer.Kernel, layer.Stride, layer.Window.ResolvePadding(step.InputShapes[0])),
            OutHeight = step.OutputShape.Height,
            OutWidth = step.OutputShape.Width,
            Kind = layer.Kind switch
            {
                PoolKind.Max => NativePoolKind.Max,
                PoolKind.Average => layer.CountPadding ? NativePoolKind.AveragePadded : NativePoolKind.Average,
                _ => throw new BackendException($"Layer '{step.Name}': the native backend does not know pooling of kind {layer.Kind}."),
            },
        });

    private static NativePlan PlanAdaptivePool(FusedStep step, NativePoolKind kind, int batch, InstructionSet isa) =>
        Make(step.Name, new Pool2DDescriptor
        {
            Header = NativeHeader.Of<Pool2DDescriptor>(isa, batch),
            Input = NativeImage.Of(step.InputShapes[0]),
            OutHeight = step.OutputShape.Height,
            OutWidth = step.OutputShape.Width,
            Kind = kind,
        });

    private static NativePlan PlanNormalization(FusedStep step, LocalResponseNormalization layer, int batch, InstructionSet isa) =>
        Make(step.Name, new LrnDescriptor
        {
            Header = NativeHeader.Of<LrnDescriptor>(isa, batch),
            Input = NativeImage.Of(step.InputShapes[0]),
            Size = layer.Size,
            Alpha = layer.Alpha,
            Beta = layer.Beta,
            K = layer.K,
        });

    private static NativePlan PlanSoftmax(FusedStep step, NativeSoftmaxKind kind, int batch, InstructionSet isa) =>
        Make(step.Name, new SoftmaxDescriptor
        {
            Header = NativeHeader.Of<SoftmaxDescriptor>(isa, batch),
            Input = NativeImage.Of(step.InputShapes[0]),
            Kind = kind,
        });

    private static ImmutableArray<NativePlan> PlanConcat(FusedStep step, int batch, InstructionSet isa)
    {
        var plans = ImmutableArray.CreateBuilder<NativePlan>(step.InputShapes.Length);
        int offset = 0;
        foreach (Shape input in step.InputShapes)
        {
            plans.Add(Make(step.Name, new ConcatDescriptor
            {
                Header = NativeHeader.Of<ConcatDescriptor>(isa, batch),
                Input = NativeImage.Of(input),
                OutChannels = step.OutputShape.Channels,
                ChannelOffset = offset,
            }));
            offset += input.Channels;
        }

        return plans.MoveToImmutable();
    }
}
