namespace Convoy.Backends.Native;

// The enumerations of convoy.h, value for value.

internal enum NativeStatus
{
    Ok = 0,
    NullPointer = 1,
    BadStructSize = 2,
    BadValue = 3,
    Overflow = 4,
    Misaligned = 5,
    BufferTooSmall = 6,
    BadRange = 7,
    BadPlan = 8,
    Unsupported = 9,
}

/// <summary>Instruction sets the C library's micro-kernels are built for.</summary>
public enum InstructionSet
{
    /// <summary>The best this CPU has.</summary>
    Auto = 0,

    /// <summary>Portable C.</summary>
    Scalar = 1,

    /// <summary>x86-64 with AVX2 and FMA.</summary>
    Avx2 = 2,

    /// <summary>x86-64 with AVX-512 F, VL, BW and DQ.</summary>
    Avx512 = 3,

    /// <summary>AArch64 Advanced SIMD.</summary>
    Neon = 4,
}

internal enum NativeAlgorithm
{
    Auto = 0,
    Direct = 1,
    Simple = 2,
    Winograd = 3,
    Lanes = 4,
}

internal enum NativeLayout
{
    Nhwc = 0,
    Nchw = 1,
}

/// <summary>
/// How the native backend stores the weights of fully connected layers. Products and sums are in single precision whichever
/// it is, and so are convolutions. Rounding is to nearest, ties to even.
/// </summary>
public enum WeightPrecision
{
    /// <summary>Single precision: weights as they are.</summary>
    Float32 = 0,

    /// <summary>
    /// IEEE 754 half precision, in half the memory: a weight changes by 2^-11 (4.9e-4) of itself at most, and below 6.1e-5 by
    /// 3e-8 at most. Weights beyond 65,504 are refused. A layer's relative L2 error is near 2e-4.
    /// </summary>
    Float16 = 1,

    /// <summary>
    /// The upper half of single precision, in half the memory: a weight changes by 2^-8 (3.9e-3) of itself at most, and all
    /// of single precision's range is there. A layer's relative L2 error is near 2e-3.
    /// </summary>
    BFloat16 = 2,
}

internal enum NativeActivation
{
    None = 0,
    Relu = 1,
    Tanh = 2,
}

internal enum NativePoolKind
{
    Max = 0,
    Average = 1,
    AveragePadded = 2,
    AdaptiveAverage = 3,
}

internal enum NativeChainKind
{
    Convolution = 0,
    MaxPool = 1,
    AveragePool = 2,
    Softmax = 3,
}

internal enum NativeElementwiseKind
{
    Activation = 0,
    Add = 1,
}

internal enum NativeTransformKind
{
    NchwToNhwc = 0,
    NhwcToNchw = 1,
    BytesToFloats = 2,
}
