using System.Runtime.CompilerServices;

namespace Convoy.Backends.Native;

// The descriptors of convoy.h, field for field; convoy.h says what they mean. A test compares their sizes with the
// library's own. StructSize is always the first field.

internal struct Conv2DDescriptor()
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
}

internal struct DenseDescriptor()
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
}

internal struct Pool2DDescriptor()
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
}

internal struct LrnDescriptor()
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
}

internal struct ElementwiseDescriptor()
{
    public uint StructSize = (uint)Unsafe.SizeOf<ElementwiseDescriptor>();
    public InstructionSet Isa;
    public int Batch;
    public NativeElementwiseKind Kind;
    public int Height;
    public int Width;
    public int Channels;
    public NativeActivation Activation;
}

internal struct SoftmaxDescriptor()
{
    public uint StructSize = (uint)Unsafe.SizeOf<SoftmaxDescriptor>();
    public InstructionSet Isa;
    public int Batch;
    public int Height;
    public int Width;
    public int Channels;
}

internal struct ConcatDescriptor()
{
    public uint StructSize = (uint)Unsafe.SizeOf<ConcatDescriptor>();
    public InstructionSet Isa;
    public int Batch;
    public int Height;
    public int Width;
    public int Channels;
    public int OutChannels;
    public int ChannelOffset;
}

internal struct TransformDescriptor()
{
    public uint StructSize = (uint)Unsafe.SizeOf<TransformDescriptor>();
    public InstructionSet Isa;
    public int Batch;
    public NativeTransformKind Kind;
    public int Height;
    public int Width;
    public int Channels;
}
