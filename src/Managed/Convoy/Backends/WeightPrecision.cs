namespace Convoy.Backends;

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
