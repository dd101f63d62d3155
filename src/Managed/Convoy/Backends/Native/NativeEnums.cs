namespace Convoy.Backends.Native;

// The enumerations of convoy.h that all operators share, value for value.

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
    Direct = 1,
    Simple = 2,
    Winograd = 3,
    Lanes = 4,
    Depthwise = 5,
}

internal enum NativeLayout
{
    Nhwc = 0,
    Nchw = 1,
}

internal enum NativeMeasureKind
{
    MultiplyAdds = 0,
    Read = 1,
}

internal enum NativeConstant
{
    Alignment = 0,
    MaxExtent = 1,
    ChainLayers = 2,
    MicroBatchUnit = 3,
    ExponentCodedBits = 4,
}

internal enum NativePhaseKind
{
    Whole = 0,
    InputTransform = 1,
    Gemm = 2,
}
