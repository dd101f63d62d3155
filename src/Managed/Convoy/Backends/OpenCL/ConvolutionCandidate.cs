namespace Convoy.Backends.OpenCL;

/// <summary>A way to compute a convolution.</summary>
/// <param name="Name">As a step's algorithm begins: "implicit gemm", "direct", "winograd-8".</param>
/// <param name="Cost">What a batch costs, in multiply-adds of the implicit product.</param>
/// <param name="Winograd">The tiles, where it is Winograd's algorithm; null elsewhere.</param>
internal sealed record ConvolutionCandidate(string Name, double Cost, WinogradGeometry? Winograd = null)
{
    public const string ImplicitProduct = "implicit gemm";
    public const string Direct = "direct";

    /// <summary>True for the direct kernel.</summary>
    public bool IsDirect => Name == Direct;
}
