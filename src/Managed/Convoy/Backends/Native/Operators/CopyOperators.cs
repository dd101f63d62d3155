using System.Runtime.InteropServices;
using Convoy.Layers;

namespace Convoy.Backends.Native;

/// <summary>Operators that move numbers: concatenation, padding, changes of layout, and bytes that become numbers.</summary>
internal static class CopyOperators
{
    public static ImmutableArray<NativePlan>? Plan(FusedStep step, int batch, in NativeOptions options) => step.Layer switch
    {
        Concat => PlanConcat(step, batch, options.Isa),
        Flatten => [PlanTransform(step.Name, NativeTransformKind.NhwcToNchw, step.InputShapes[0], batch, options.Isa)],
        Pad2D layer => [PlanPad(step, layer, batch, options.Isa)],
        DepthToSpace layer => [PlanDepthToSpace(step, layer, batch, options.Isa)],
        _ => null,
    };

    /// <summary>Plans a change of layout, or the normalisation of bytes.</summary>
    public static NativePlan PlanTransform(string name, NativeTransformKind kind, Shape shape, int batch, InstructionSet isa) =>
        NativePlanning.Make(name, new TransformDescriptor
        {
            Header = NativeHeader.Of<TransformDescriptor>(isa, batch),
            Input = NativeImage.Of(shape),
            Kind = kind,
        });

    private static NativePlan PlanPad(FusedStep step, Pad2D layer, int batch, InstructionSet isa) =>
        NativePlanning.Make(step.Name, new Pad2DDescriptor
        {
            Header = NativeHeader.Of<Pad2DDescriptor>(isa, batch),
            Input = NativeImage.Of(step.InputShapes[0]),
            PadTop = layer.Padding.Top,
            PadLeft = layer.Padding.Left,
            PadBottom = layer.Padding.Bottom,
            PadRight = layer.Padding.Right,
            Value = layer.Value,
        });

    private static NativePlan PlanDepthToSpace(FusedStep step, DepthToSpace layer, int batch, InstructionSet isa) =>
        NativePlanning.Make(step.Name, new DepthToSpaceDescriptor
        {
            Header = NativeHeader.Of<DepthToSpaceDescriptor>(isa, batch),
            Input = NativeImage.Of(step.InputShapes[0]),
            Block = layer.Block,
            IsChannelMajor = layer.ChannelMajor ? 1 : 0,
        });

    private static ImmutableArray<NativePlan> PlanConcat(FusedStep step, int batch, InstructionSet isa)
    {
        var plans = ImmutableArray.CreateBuilder<NativePlan>(step.InputShapes.Length);
        int offset = 0;
        foreach (Shape input in step.InputShapes)
        {
            plans.Add(NativePlanning.Make(step.Name, new ConcatDescriptor
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

internal enum NativeTransformKind
{
    NchwToNhwc = 0,
    NhwcToNchw = 1,
    BytesToFloats = 2,
}

internal partial struct ConcatDescriptor : INativeDescriptor<ConcatDescriptor>
{
    public NativeHeader Header;
    public NativeImage Input;
    public int OutChannels;
    public int ChannelOffset;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_concat")]
    public static partial NativeStatus Plan(in ConcatDescriptor descriptor, ref NativePlan plan);
}

internal partial struct Pad2DDescriptor : INativeDescriptor<Pad2DDescriptor>
{
    public NativeHeader Header;
    public NativeImage Input;
    public int PadTop;
    public int PadLeft;
    public int PadBottom;
    public int PadRight;
    public float Value;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_pad2d")]
    public static partial NativeStatus Plan(in Pad2DDescriptor descriptor, ref NativePlan plan);
}

internal partial struct TransformDescriptor : INativeDescriptor<TransformDescriptor>
{
    public NativeHeader Header;
    public NativeImage Input;
    public NativeTransformKind Kind;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_transform")]
    public static partial NativeStatus Plan(in TransformDescriptor descriptor, ref NativePlan plan);
}

internal partial struct DepthToSpaceDescriptor : INativeDescriptor<DepthToSpaceDescriptor>
{
    public NativeHeader Header;
    public NativeImage Input;
    public int Block;
    public int IsChannelMajor;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_depth_to_space")]
    public static partial NativeStatus Plan(in DepthToSpaceDescriptor descriptor, ref NativePlan plan);
}
