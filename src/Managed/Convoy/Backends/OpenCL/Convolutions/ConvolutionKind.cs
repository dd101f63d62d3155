namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>The kernels a convolution may run on.</summary>
internal enum ConvolutionKind
{
    /// <summary>convolution.cl: an implicit GEMM, which takes every layer.</summary>
    ImplicitProduct,

    /// <summary>direct_convolution.cl, for few input channels.</summary>
    Direct,

    /// <summary>winograd.cl, with convolution.cl for the GEMMs.</summary>
    Winograd,
}
