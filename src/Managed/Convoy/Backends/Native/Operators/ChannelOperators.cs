using System.Runtime.InteropServices;
using Convoy.Layers;

namespace Convoy.Backends.Native;

/// <summary>Operators over the channels of each pixel, local response normalisation and softmax, and over the pixels of each channel, instance normalisation.</summary>
internal static class ChannelOperators
{
    public static ImmutableArray<NativePlan>? Plan(FusedStep step, int batch, in NativeOptions options) => step.Layer switch
    {
        LocalResponseNormalization layer => [PlanNormalization(step, layer, batch, options.Isa)],
        InstanceNormalization layer => [PlanNormalization(step, layer, batch, options.Isa)],
        Softmax => [PlanSoftmax(step, NativeSoftmaxKind.Plain, batch, options.Isa)],
        LogSoftmax => [PlanSoftmax(step, NativeSoftmaxKind.Log, batch, options.Isa)],
        _ => null,
    };

    private static NativePlan PlanNormalization(FusedStep step, LocalResponseNormalization layer, int batch, InstructionSet isa) =>
        Enum.IsDefined(layer.Alignment)
            ? NativePlanning.Make(step.Name, new LrnDescriptor
            {
                Header = NativeHeader.Of<LrnDescriptor>(isa, batch),
                Input = NativeImage.Of(step.InputShapes[0]),
                Size = layer.Size,
                Alpha = layer.Alpha,
                Beta = layer.Beta,
                K = layer.K,
                Alignment = layer.Alignment,
            })
            : throw new BackendException($"Layer '{step.Name}': the native backend does not know the alignment {layer.Alignment} of a normalisation.");

    private static NativePlan PlanNormalization(FusedStep step, InstanceNormalization layer, int batch, InstructionSet isa) =>
        NativePlanning.Make(step.Name, new InstanceNormDescriptor
        {
            Header = NativeHeader.Of<InstanceNormDescriptor>(isa, batch),
            Input = NativeImage.Of(step.InputShapes[0]),
            Epsilon = layer.Epsilon,
            Activation = NativeActivation.Of(step.Name, step.Activation),
        });

    private static NativePlan PlanSoftmax(FusedStep step, NativeSoftmaxKind kind, int batch, InstructionSet isa) =>
        NativePlanning.Make(step.Name, new SoftmaxDescriptor
        {
            Header = NativeHeader.Of<SoftmaxDescriptor>(isa, batch),
            Input = NativeImage.Of(step.InputShapes[0]),
            Kind = kind,
        });
}

internal enum NativeSoftmaxKind
{
    Plain = 0,
    Log = 1,
}

internal partial struct LrnDescriptor : INativeDescriptor<LrnDescriptor>
{
    public NativeHeader Header;
    public NativeImage Input;
    public int Size;
    public float Alpha;
    public float Beta;
    public float K;
    public LrnAlignment Alignment;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_lrn")]
    public static partial NativeStatus Plan(in LrnDescriptor descriptor, ref NativePlan plan);
}

internal partial struct InstanceNormDescriptor : INativeDescriptor<InstanceNormDescriptor>
{
    public NativeHeader Header;
    public NativeImage Input;
    public float Epsilon;
    public NativeActivation Activation;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_instance_norm")]
    public static partial NativeStatus Plan(in InstanceNormDescriptor descriptor, ref NativePlan plan);
}

internal partial struct SoftmaxDescriptor : INativeDescriptor<SoftmaxDescriptor>
{
    public NativeHeader Header;
    public NativeImage Input;
    public NativeSoftmaxKind Kind;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_softmax")]
    public static partial NativeStatus Plan(in SoftmaxDescriptor descriptor, ref NativePlan plan);
}
