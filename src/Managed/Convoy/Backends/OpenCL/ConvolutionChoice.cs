namespace Convoy.Backends.OpenCL;

/// <summary>How convolutions are computed. What a choice cannot take is computed as <see cref="AnyDirect"/> would.</summary>
internal enum ConvolutionChoice
{
    /// <summary>Whatever costs least for the layer.</summary>
    Automatic,

    /// <summary>Every multiplication is made, by whichever of the next two costs less.</summary>
    AnyDirect,

    /// <summary>The implicit product, which takes every layer.</summary>
    ImplicitProduct,

    /// <summary>The direct kernel.</summary>
    Direct,

    /// <summary>Winograd's algorithm with as many points as cost least.</summary>
    Winograd,

    /// <summary>Winograd's algorithm with 4 finite points an axis.</summary>
    Winograd4,

    /// <summary>Winograd's algorithm with 6 finite points an axis.</summary>
    Winograd6,

    /// <summary>Winograd's algorithm with 8 finite points an axis.</summary>
    Winograd8,
}

/// <summary>What sessions ask for, as the backend chooses.</summary>
internal static class ConvolutionChoices
{
    /// <summary>The choice that an algorithm asked for leaves.</summary>
    public static ConvolutionChoice Of(ConvolutionAlgorithm algorithm) => algorithm switch
    {
        ConvolutionAlgorithm.Auto => ConvolutionChoice.Automatic,
        ConvolutionAlgorithm.Direct => ConvolutionChoice.AnyDirect,
        ConvolutionAlgorithm.Winograd => ConvolutionChoice.Winograd,
        ConvolutionAlgorithm.Winograd4 => ConvolutionChoice.Winograd4,
        ConvolutionAlgorithm.Winograd6 => ConvolutionChoice.Winograd6,
        ConvolutionAlgorithm.Winograd8 => ConvolutionChoice.Winograd8,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, null),
    };
}
