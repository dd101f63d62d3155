namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>What is asked of convolutions. A layer that none of it suits is computed without Winograd's algorithm.</summary>
/// <param name="Algorithm">The algorithm, as sessions ask for it.</param>
/// <param name="Kind">The kernels, where only those are wanted.</param>
internal readonly record struct ConvolutionChoice(ConvolutionAlgorithm Algorithm, ConvolutionKind? Kind = null)
{
    /// <summary>True for what was asked for.</summary>
    public bool Allows(ConvolutionCandidate candidate) => (Kind is null || candidate.Kind == Kind) && Algorithm switch
    {
        ConvolutionAlgorithm.Auto => true,
        ConvolutionAlgorithm.Direct => candidate.Winograd is null,
        ConvolutionAlgorithm.Winograd => candidate.Winograd is not null,
        _ => candidate.Winograd?.Points == (int)Algorithm,
    };

    /// <summary>In a sentence: "winograd8".</summary>
    public override string ToString() => (Kind?.ToString() ?? Algorithm.ToString()).ToLowerInvariant();
}
