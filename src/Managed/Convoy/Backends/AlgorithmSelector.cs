namespace Convoy.Backends;

/// <summary>
/// Chooses among the algorithms that can compute a layer, for every backend: the one of the least cost, unless another comes
/// so close that the cost model cannot tell them apart; then what was measured, once, settles it. Which one is chosen depends
/// on what was asked for, the layer, the device and the batch size alone.
/// </summary>
internal static class AlgorithmSelector
{
    // The model is right to about a quarter.
    private const double Closeness = 1.25;

    /// <summary>
    /// Chooses for a layer. One that the algorithm asked for cannot compute is computed directly: a 1 x 1 filter has nothing to
    /// gain from tiles.
    /// </summary>
    /// <param name="algorithms">The backend's list.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="asked">What the session asks for.</param>
    /// <param name="measure">Settles close races where nothing was asked for; null leaves them to the model.</param>
    public static Selection<TPlan> Select<TLayer, TPlan>(
        ImmutableArray<IConvolutionAlgorithm<TLayer, TPlan>> algorithms, TLayer layer, ConvolutionAlgorithm asked, CandidateTimer<TPlan>? measure = null)
    {
        ImmutableArray<Candidate<TPlan>> candidates = Plan(algorithms, layer, asked);
        if (!candidates.IsEmpty)
        {
            return Choose(candidates, asked, measure);
        }

        candidates = Plan(algorithms, layer, ConvolutionAlgorithm.Direct);
        return candidates.IsEmpty
            ? throw new BackendException("No algorithm can compute the layer directly.")
            : Choose(candidates, asked, null) with { Reason = $"{NameOf(asked)} was asked for, and does not apply" };
    }

    /// <summary>Whether an algorithm is one that a session asks for.</summary>
    public static bool IsAllowed(ConvolutionAlgorithm kind, ConvolutionAlgorithm asked) => asked switch
    {
        ConvolutionAlgorithm.Auto => true,
        ConvolutionAlgorithm.Winograd => kind is ConvolutionAlgorithm.Winograd4 or ConvolutionAlgorithm.Winograd6 or ConvolutionAlgorithm.Winograd8,
        ConvolutionAlgorithm.Direct or ConvolutionAlgorithm.Winograd4 or ConvolutionAlgorithm.Winograd6 or ConvolutionAlgorithm.Winograd8 => kind == asked,
        _ => throw new ArgumentOutOfRangeException(nameof(asked), asked, "There is no such convolution algorithm."),
    };

    private static ImmutableArray<Candidate<TPlan>> Plan<TLayer, TPlan>(
        ImmutableArray<IConvolutionAlgorithm<TLayer, TPlan>> algorithms, TLayer layer, ConvolutionAlgorithm asked) =>
    [
        .. algorithms.Where(algorithm => IsAllowed(algorithm.Kind, asked))
            .Select(algorithm => algorithm.Plan(layer) is { } candidate ? candidate with { ErrorBound = algorithm.ErrorBound } : null)
            .OfType<Candidate<TPlan>>(),
    ];

    private static Selection<TPlan> Choose<TPlan>(ImmutableArray<Candidate<TPlan>> candidates, ConvolutionAlgorithm asked, CandidateTimer<TPlan>? measure)
    {
        Candidate<TPlan> cheapest = candidates.MinBy(each => each.Cost)!;
        if (candidates.Length == 1)
        {
            return Of(cheapest, asked == ConvolutionAlgorithm.Auto ? $"no other than {cheapest.Name} applies" : "asked for");
        }

        string costs = string.Join(", ", candidates.Select(each => FormattableString.Invariant($"{each.Name} {each.Cost / candidates[0].Cost:F2}")));
        ImmutableArray<Candidate<TPlan>> close = [.. candidates.Where(each => each.Cost <= Closeness * cheapest.Cost)];
        if (measure is null || asked != ConvolutionAlgorithm.Auto || close.Length == 1)
        {
            return Of(cheapest, $"of {costs}: by cost");
        }

        IReadOnlyDictionary<string, double> times = measure(close);
        string list = string.Join(", ", close.Select(each => FormattableString.Invariant($"{each.Name} {times[each.Name]:G3} ms")));
        return Of(close.MinBy(each => times[each.Name])!, $"of {costs}: by measurement ({list})");
    }

    private static Selection<TPlan> Of<TPlan>(Candidate<TPlan> candidate, string reason) => new(candidate.Plan, candidate.Name, candidate.ErrorBound, reason);

    private static string NameOf(ConvolutionAlgorithm algorithm) => algorithm.ToString().ToLowerInvariant();
}
