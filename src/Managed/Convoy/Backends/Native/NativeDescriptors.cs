using System.Runtime.CompilerServices;

namespace Convoy.Backends.Native;

// The descriptors of convoy.h, field for field; convoy.h says what they mean. A test reads convoy.h and compares names,
// types and offsets.

/// <summary>A description of an operator, from which the library makes a plan.</summary>
internal interface INativeDescriptor
{
    /// <summary>Asks the library for the plan.</summary>
    NativeStatus Plan(ref NativePlan plan);
}

internal struct Conv2DDescriptor : INativeDescriptor
{
    public NativeHeader Header;
    public NativeImage Input;
    public NativeWindow Window;
    public int OutChannels;
    public int DilationH;
    public int DilationW;
    public int Groups;
    public NativeAlgorithm Algorithm;
    public int Points;
    public NativeLayout InputLayout;
    public NativeActivation Activation;
    public NativeMaxPool Pool;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct DenseDescriptor : INativeDescriptor
{
    public NativeHeader Header;
    public NativeImage Input;
    public int OutFeatures;
    public WeightPrecision WeightFormat;
    public NativeActivation Activation;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct Pool2DDescriptor : INativeDescriptor
{
    public NativeHeader Header;
    public NativeImage Input;
    public NativeWindow Window;
    public int OutHeight;
    public int OutWidth;
    public NativePoolKind Kind;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct LrnDescriptor : INativeDescriptor
{
    public NativeHeader Header;
    public NativeImage Input;
    public int Size;
    public float Alpha;
    public float Beta;
    public float K;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct ActivateDescriptor : INativeDescriptor
{
    public NativeHeader Header;
    public NativeImage Input;
    public NativeActivation Activation;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct BinaryDescriptor : INativeDescriptor
{
    public NativeHeader Header;
    public NativeImage Input;
    public NativeBinaryKind Kind;
    public NativeOperand Operand;
    public int IsOperandFirst;
    public NativeActivation Activation;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct SoftmaxDescriptor : INativeDescriptor
{
    public NativeHeader Header;
    public NativeImage Input;
    public NativeSoftmaxKind Kind;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct Pad2DDescriptor : INativeDescriptor
{
    public NativeHeader Header;
    public NativeImage Input;
    public int PadTop;
    public int PadLeft;
    public int PadBottom;
    public int PadRight;
    public float Value;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct ConcatDescriptor : INativeDescriptor
{
    public NativeHeader Header;
    public NativeImage Input;
    public int OutChannels;
    public int ChannelOffset;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

internal struct TransformDescriptor : INativeDescriptor
{
    public NativeHeader Header;
    public NativeImage Input;
    public NativeTransformKind Kind;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}

/// <summary>A layer of a chain.</summary>
internal struct NativeChainLayer
{
    public NativeChainKind Kind;
    public int OutChannels;
    public NativeWindow Window;
    public NativeActivation Activation;
}

/// <summary>A chain's layers; those behind the last are ignored.</summary>
[InlineArray(Length)]
internal struct NativeChainLayers
{
    public const int Length = 16;
    private NativeChainLayer _first;
}

internal struct ChainDescriptor : INativeDescriptor
{
    public NativeHeader Header;
    public NativeImage Input;
    public int LayerCount;
    public NativeChainLayers Layers;

    public readonly NativeStatus Plan(ref NativePlan plan) => NativeMethods.Plan(this, ref plan);
}
