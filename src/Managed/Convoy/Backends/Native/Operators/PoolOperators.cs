using System.Runtime.InteropServices;
using Convoy.Layers;

namespace Convoy.Backends.Native;

/// <summary>Pooling over sliding windows, and to a fixed extent.</summary>
internal static class PoolOperators
{
    public static ImmutableArray<NativePlan>? Plan(FusedStep step, int batch, in NativeOptions options) => step.Layer switch
    {
        Pool2D layer =>
        [
            Plan(
                step,
                KindOf(step, layer),
                NativeWindow.Of(layer.Kernel, layer.Stride, layer.Window.ResolvePadding(step.InputShapes[0])),
                layer.Window.Dilation,
                batch,
                options.Isa),
        ],
        AdaptivePool2D layer => [Plan(step, KindOf(step, layer), default, 1, batch, options.Isa)],
        _ => null,
    };

    private static NativePlan Plan(FusedStep step, NativePoolKind kind, NativeWindow window, Extent2D dilation, int batch, InstructionSet isa) =>
        NativePlanning.Make(step.Name, new Pool2DDescriptor
        {
            Header = NativeHeader.Of<Pool2DDescriptor>(isa, batch),
            Input = NativeImage.Of(step.InputShapes[0]),
            Window = window,
            DilationH = dilation.Height,
            DilationW = dilation.Width,
            OutHeight = step.OutputShape.Height,
            OutWidth = step.OutputShape.Width,
            Kind = kind,
        });

    private static NativePoolKind KindOf(FusedStep step, Pool2D layer) => layer.Kind switch
    {
        PoolKind.Max => NativePoolKind.Max,
        PoolKind.Average => layer.CountPadding ? NativePoolKind.AveragePadded : NativePoolKind.Average,
        _ => throw Refusal(step, layer),
    };

    private static NativePoolKind KindOf(FusedStep step, AdaptivePool2D layer) => layer.Kind switch
    {
        PoolKind.Max => NativePoolKind.AdaptiveMax,
        PoolKind.Average => NativePoolKind.AdaptiveAverage,
        _ => throw Refusal(step, layer),
    };

    private static BackendException Refusal(FusedStep step, Layer layer) =>
        new($"Layer '{step.Name}': the native backend does not know {layer.Op} layers.");
}

internal enum NativePoolKind
{
    Max = 0,
    Average = 1,
    AveragePadded = 2,
    AdaptiveAverage = 3,
    AdaptiveMax = 4,
}

internal partial struct Pool2DDescriptor : INativeDescriptor<Pool2DDescriptor>
{
    public NativeHeader Header;
    public NativeImage Input;
    public NativeWindow Window;
    public int DilationH;
    public int DilationW;
    public int OutHeight;
    public int OutWidth;
    public NativePoolKind Kind;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_pool2d")]
    public static partial NativeStatus Plan(in Pool2DDescriptor descriptor, ref NativePlan plan);
}
