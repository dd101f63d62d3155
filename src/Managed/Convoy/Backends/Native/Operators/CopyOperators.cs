using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Convoy.Layers;

namespace Convoy.Backends.Native;

/// <summary>Operators that move numbers: copies in another order, concatenation, padding, changes of layout, and bytes that become numbers.</summary>
internal static class CopyOperators
{
    public static ImmutableArray<NativePlan>? Plan(FusedStep step, int batch, in NativeOptions options) => step.Layer switch
    {
        Concat => PlanConcat(step, batch, options.Isa),
        Pad2D layer => [PlanPad(step, layer, batch, options.Isa)],
        _ => Rearrangement.Of(step, LayoutOf(step, options)) is { } copy ? [PlanRearrangement(step.Name, copy, batch, options.Isa)] : null,
    };

    /// <summary>
    /// How a step's input is to lie. A transposition takes the network's own as callers give it, so that the transform of layout
    /// before it falls away: images whose channels come last are then copied as they are. Bytes come with channels last.
    /// </summary>
    public static Layout LayoutOf(FusedStep step, in NativeOptions options) =>
        step.Layer is Transpose && step.Inputs[0] == 0 && !options.TakesBytes ? Layout.Nchw : Layout.Nhwc;

    /// <summary>Plans a copy in another order.</summary>
    public static NativePlan PlanRearrangement(string name, Rearrangement copy, int batch, InstructionSet isa)
    {
        var descriptor = new RearrangeDescriptor
        {
            Header = NativeHeader.Of<RearrangeDescriptor>(isa, batch),
            AxisCount = copy.Axes.Length,
            InputCount = copy.InputCount,
            Offset = copy.Offset,
        };
        for (int i = 0; i < copy.Axes.Length; i++)
        {
            descriptor.Axes[i] = new NativeAxis { Extent = copy.Axes[i].Extent, Stride = copy.Axes[i].Stride };
        }

        return NativePlanning.Make(name, descriptor);
    }

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

/// <summary>An axis of a rearrangement.</summary>
internal struct NativeAxis
{
    public long Extent;
    public long Stride;
}

/// <summary>The axes of a rearrangement; those behind the last are ignored.</summary>
[InlineArray(Rearrangement.MostAxes)]
internal struct NativeAxes
{
    private NativeAxis _first;
}

internal partial struct RearrangeDescriptor : INativeDescriptor<RearrangeDescriptor>
{
    public NativeHeader Header;
    public int AxisCount;
    public long InputCount;
    public long Offset;
    public NativeAxes Axes;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_rearrange")]
    public static partial NativeStatus Plan(in RearrangeDescriptor descriptor, ref NativePlan plan);
}
