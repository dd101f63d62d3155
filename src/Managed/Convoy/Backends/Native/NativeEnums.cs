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

internal enum NativePoolKind
{
    Max = 0,
    Average = 1,
    AveragePadded = 2,
    AdaptiveAverage = 3,
    AdaptiveMax = 4,
}

internal enum NativeChainKind
{
    Convolution = 0,
    MaxPool = 1,
    AveragePool = 2,
    Softmax = 3,
}

internal enum NativeBinaryKind
{
    Add = 0,
    Subtract = 1,
    Multiply = 2,
    Divide = 3,
    Min = 4,
    Max = 5,
}

internal enum NativeOperand
{
    Tensor = 0,
    Scalar = 1,
    Channels = 2,
}

internal enum NativeSoftmaxKind
{
    Plain = 0,
    Log = 1,
}

internal enum NativeTransformKind
{
    NchwToNhwc = 0,
    NhwcToNchw = 1,
    BytesToFloats = 2,
}

internal enum NativeStruct
{
    Header = 0,
    Image = 1,
    Window = 2,
    MaxPool = 3,
    ActivationDesc = 4,
    Conv2DDesc = 5,
    DenseDesc = 6,
    Pool2DDesc = 7,
    LrnDesc = 8,
    ActivateDesc = 9,
    BinaryDesc = 10,
    SoftmaxDesc = 11,
    Pad2DDesc = 12,
    ConcatDesc = 13,
    TransformDesc = 14,
    ChainLayer = 15,
    ChainDesc = 16,
    Plan = 17,
    Buffer = 18,
    RunArgs = 19,
}

internal enum NativeConstant
{
    Alignment = 0,
    MaxExtent = 1,
    ChainLayers = 2,
    MicroBatchUnit = 3,
    ExponentCodedBits = 4,
}
