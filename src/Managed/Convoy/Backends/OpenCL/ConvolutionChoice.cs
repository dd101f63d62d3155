namespace Convoy.Backends.OpenCL;

/// <summary>Which kernel convolutions run on; the implicit product takes every layer, and what the others cannot take.</summary>
internal enum ConvolutionChoice
{
    /// <summary>The one that is faster for the layer.</summary>
    Automatic,

    /// <summary>The implicit product.</summary>
    ImplicitProduct,

    /// <summary>The direct kernel, wherever it can.</summary>
    Direct,
}
