namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>A way to compute a convolution.</summary>
/// <param name="Kind">The kernels.</param>
/// <param name="Cost">What a batch costs, in multiply-adds of the implicit GEMM.</param>
/// <param name="Winograd">The tiles, where it is Winograd's algorithm; null elsewhere.</param>
internal sealed record ConvolutionCandidate(ConvolutionKind Kind, double Cost, WinogradGeometry? Winograd = null)
{
    /// <summary>The name of the implicit GEMM, which fully connected layers take too.</summary>
    public const string ImplicitProduct = "implicit gemm";

    /// <summary>As a step's algorithm begins: "implicit gemm", "direct", "winograd-8".</summary>
    public string Name => Kind switch
    {
        ConvolutionKind.ImplicitProduct => ImplicitProduct,
        ConvolutionKind.Direct => "direct",
        _ => $"winograd-{Winograd!.Points}",
    };
}
