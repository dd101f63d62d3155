using System.Runtime.CompilerServices;
using Convoy.Layers;

namespace Convoy.Backends.Native;

// What the descriptors of convoy.h are made of, field for field.

/// <summary>Begins every descriptor.</summary>
internal struct NativeHeader
{
    public uint StructSize;
    public InstructionSet Isa;
    public int Batch;

    /// <summary>The header of a descriptor for runs of so many images at most.</summary>
    public static NativeHeader Of<TDescriptor>(InstructionSet isa, int batch)
        where TDescriptor : struct, INativeDescriptor<TDescriptor> =>
        new() { StructSize = (uint)Unsafe.SizeOf<TDescriptor>(), Isa = isa, Batch = batch };
}

/// <summary>A feature map of one image.</summary>
internal struct NativeImage
{
    public int Height;
    public int Width;
    public int Channels;

    public static NativeImage Of(Shape shape) => new() { Height = shape.Height, Width = shape.Width, Channels = shape.Channels };
}

/// <summary>What slides over a feature map.</summary>
internal struct NativeWindow
{
    public int KernelH;
    public int KernelW;
    public int StrideH;
    public int StrideW;
    public int PadTop;
    public int PadLeft;
    public int PadBottom;
    public int PadRight;

    public static NativeWindow Of(Extent2D kernel, Extent2D stride, Padding padding = default) => new()
    {
        KernelH = kernel.Height,
        KernelW = kernel.Width,
        StrideH = stride.Height,
        StrideW = stride.Width,
        PadTop = padding.Top,
        PadLeft = padding.Left,
        PadBottom = padding.Bottom,
        PadRight = padding.Right,
    };
}

/// <summary>An activation; its numbers are the library's.</summary>
internal struct NativeActivation
{
    public ActivationKind Kind;
    public float Alpha;
    public float Beta;

    /// <summary>An activation as the library takes it.</summary>
    /// <param name="layer">Whose activation it is.</param>
    /// <param name="activation">The activation.</param>
    /// <exception cref="BackendException">There is no such kind.</exception>
    public static NativeActivation Of(string layer, Activation activation) => Enum.IsDefined(activation.Kind)
        ? new() { Kind = activation.Kind, Alpha = activation.Alpha, Beta = activation.Beta }
        : throw new BackendException($"Layer '{layer}': the native backend does not know the activation {(int)activation.Kind}.");
}
