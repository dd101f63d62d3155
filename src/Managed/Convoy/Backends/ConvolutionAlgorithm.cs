namespace Convoy.Backends;

/// <summary>
/// How convolutions are computed, by backends that have several ways. A layer that the algorithm asked for cannot compute
/// (a 1 x 1 filter has nothing to gain from tiles) is computed directly.
/// </summary>
public enum ConvolutionAlgorithm
{
    /// <summary>What is expected to be fastest for the layer, the device and the batch size.</summary>
    Auto = 0,

    /// <summary>Every multiplication is made. Relative L2 error near 3e-7.</summary>
    Direct = 1,

    /// <summary>Winograd's algorithm with as many points as are expected to be fastest.</summary>
    Winograd = 2,

    /// <summary>Winograd's algorithm with 4 finite points an axis, F(2 or 3, 3): relative L2 error near 5e-7.</summary>
    Winograd4 = 4,

    /// <summary>Winograd's algorithm with 6 finite points an axis, F(4 or 5, 3) and F(2 or 3, 5): relative L2 error near 3e-6.</summary>
    Winograd6 = 6,

    /// <summary>Winograd's algorithm with 8 finite points an axis, F(6 or 7, 3) and F(4 or 5, 5): relative L2 error below 1e-5.</summary>
    Winograd8 = 8,
}
