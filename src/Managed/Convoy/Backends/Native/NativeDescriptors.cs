using System.Runtime.CompilerServices;

namespace Convoy.Backends.Native;

// The descriptors of convoy.h, field for field; convoy.h says what they mean. A test compares their sizes with the
// library's own. StructSize is always the first field.

/// <summary>A description of an operator, from which the library makes a plan.</summary>
internal interface INativeDescriptor
{
    /// <summary>Asks the library for the plan.</summary>
    NativeStatus Plan(ref NativePlan plan);
}

internal struct MaxPoolWindows
{
    public int KernelH;
    public int KernelW;
    public int StrideH;
    public int StrideW;
    public int PadTop;
    public int PadLeft;
    public int OutHeight;
    public int OutWidth;
}

internal struct Conv2DDescriptor() : INativeDescriptor
{
    public uint StructSize = (uint)Unsafe.SizeOf<Conv2DDescriptor>();
    public InstructionSet Isa;
    public NativeAlgorithm Algorithm;
    public int Batch;
    public int Height;
    public int Width;
    public int InChannels;
    public int OutChannels;
    public int KernelH;
    public int KernelW;
    public int StrideH;
    public int StrideW;
    public int PadTop;
    public int PadLeft;
    public int PadBottom;
    public int PadRight;
    public int DilationH;
    public int DilationW;
    public int Groups;
    public NativeActivation Activation;
    public NativeLayout InputLayout;
    public int Points;
    public MaxPoolWindows Pool;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct DenseDescriptor() : INativeDescriptor
{
    public uint StructSize = (uint)Unsafe.SizeOf<DenseDescriptor>();
    public InstructionSet Isa;
    public NativeAlgorithm Algorithm;
    public int Batch;
    public int Height;
    public int Width;
    public int Channels;
    public int OutFeatures;
    public NativeActivation Activation;
    public WeightPrecision WeightFormat;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct Pool2DDescriptor() : INativeDescriptor
{
    public uint StructSize = (uint)Unsafe.SizeOf<Pool2DDescriptor>();
    public InstructionSet Isa;
    public int Batch;
    public NativePoolKind Kind;
    public int Height;
    public int Width;
    public int Channels;
    public int OutHeight;
    public int OutWidth;
    public int KernelH;
    public int KernelW;
    public int StrideH;
    public int StrideW;
    public int PadTop;
    public int PadLeft;
    public int PadBottom;
    public int PadRight;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct LrnDescriptor() : INativeDescriptor
{
    public uint StructSize = (uint)Unsafe.SizeOf<LrnDescriptor>();
    public InstructionSet Isa;
    public int Batch;
    public int Height;
    public int Width;
    public int Channels;
    public int Size;
    public float Alpha;
    public float Beta;
    public float K;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct ElementwiseDescriptor() : INativeDescriptor
{
    public uint StructSize = (uint)Unsafe.SizeOf<ElementwiseDescriptor>();
    public InstructionSet Isa;
    public int Batch;
    public NativeElementwiseKind Kind;
    public int Height;
    public int Width;
    public int Channels;
    public NativeActivation Activation;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct SoftmaxDescriptor() : INativeDescriptor
{
    public uint StructSize = (uint)Unsafe.SizeOf<SoftmaxDescriptor>();
    public InstructionSet Isa;
    public int Batch;
    public int Height;
    public int Width;
    public int Channels;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct ConcatDescriptor() : INativeDescriptor
{
    public uint StructSize = (uint)Unsafe.SizeOf<ConcatDescriptor>();
    public InstructionSet Isa;
    public int Batch;
    public int Height;
    public int Width;
    public int Channels;
    public int OutChannels;
    public int ChannelOffset;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct TransformDescriptor() : INativeDescriptor
{
    public uint StructSize = (uint)Unsafe.SizeOf<TransformDescriptor>();
    public InstructionSet Isa;
    public int Batch;
    public NativeTransformKind Kind;
    public int Height;
    public int Width;
    public int Channels;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct ChainLayer
{
    public NativeChainKind Kind;
    public int OutChannels;
    public int KernelH;
    public int KernelW;
    public int StrideH;
    public int StrideW;
    public int PadTop;
    public int PadLeft;
    public int PadBottom;
    public int PadRight;
    public NativeActivation Activation;
}

[InlineArray(Length)]
internal struct ChainLayerArray
{
    public const int Length = 16;
    private ChainLayer _first;
}

internal struct ChainDescriptor() : INativeDescriptor
{
    public uint StructSize = (uint)Unsafe.SizeOf<ChainDescriptor>();
    public InstructionSet Isa;
    public int Batch;
    public int Height;
    public int Width;
    public int Channels;
    public int LayerCount;
    public ChainLayerArray Layers;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}
