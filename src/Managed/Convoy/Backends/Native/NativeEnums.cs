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
