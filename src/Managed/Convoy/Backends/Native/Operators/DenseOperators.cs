using System.Runtime.InteropServices;
using Convoy.Layers;

namespace Convoy.Backends.Native;

/// <summary>Fully connected layers.</summary>
internal static class DenseOperators
{
    public static ImmutableArray<NativePlan>? Plan(FusedStep step, int batch, in NativeOptions options) => step.Layer switch
    {
        FullyConnected layer => [Plan(step, layer, batch, options)],
        _ => null,
    };

    private static NativePlan Plan(FusedStep step, FullyConnected layer, int batch, in NativeOptions options) =>
        NativePlanning.Make(step.Name, new DenseDescriptor
        {
            Header = NativeHeader.Of<DenseDescriptor>(options.Isa, batch),
            Input = NativeImage.Of(step.InputShapes[0]),
            OutFeatures = layer.Features,
            WeightFormat = options.Precision,
            Activation = NativeActivation.Of(step.Name, step.Activation),
        });
}

internal partial struct DenseDescriptor : INativeDescriptor<DenseDescriptor>
{
    public NativeHeader Header;
    public NativeImage Input;
    public int OutFeatures;
    public WeightPrecision WeightFormat;
    public NativeActivation Activation;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_dense")]
    public static partial NativeStatus Plan(in DenseDescriptor descriptor, ref NativePlan plan);
}
