namespace Convoy.Backends;

/// <summary>
/// A way to compute convolutions: one file states its name, whether it can compute a layer, what that costs and how much it
/// may err. A backend has a list of them, and <see cref="AlgorithmSelector"/> chooses.
/// </summary>
/// <typeparam name="TLayer">What the backend knows of a layer when it plans.</typeparam>
/// <typeparam name="TPlan">What the backend prepares once it is chosen.</typeparam>
internal interface IConvolutionAlgorithm<TLayer, TPlan>
{
    /// <summary>The name, as tables show it: "direct", "winograd-8".</summary>
    string Name { get; }

    /// <summary>What a session asks for to get it.</summary>
    ConvolutionAlgorithm Kind { get; }

    /// <summary>The largest relative L2 error of an output before the activation, against double precision.</summary>
    double ErrorBound { get; }

    /// <summary>Plans a layer and states what a batch costs; null where the algorithm cannot compute it.</summary>
    Candidate<TPlan>? Plan(TLayer layer);
}

/// <summary>A layer as one algorithm would compute it.</summary>
/// <param name="Name">The algorithm's name.</param>
/// <param name="Kind">What a session asks for to get it.</param>
/// <param name="Cost">What a batch costs, in multiply-adds: to be compared with other candidates of the backend.</param>
/// <param name="Plan">What is prepared if it is chosen.</param>
internal sealed record Candidate<TPlan>(string Name, ConvolutionAlgorithm Kind, double Cost, TPlan Plan)
{
    /// <summary>The algorithm's <see cref="IConvolutionAlgorithm{TLayer, TPlan}.ErrorBound"/>.</summary>
    public double ErrorBound { get; init; }
}

/// <summary>What was chosen.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Name">The algorithm's name.</param>
/// <param name="ErrorBound">How much it may err.</param>
/// <param name="Reason">The costs of all, relative to the first, and what settled it.</param>
internal readonly record struct Selection<TPlan>(TPlan Plan, string Name, double ErrorBound, string Reason);

/// <summary>Measures candidates that cost about as much: the milliseconds of each, by its name.</summary>
internal delegate IReadOnlyDictionary<string, double> CandidateTimer<TPlan>(ImmutableArray<Candidate<TPlan>> candidates);
