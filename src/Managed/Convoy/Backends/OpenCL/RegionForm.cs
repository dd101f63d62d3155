namespace Convoy.Backends.OpenCL;

/// <summary>One of the ways in which a device can compute a region.</summary>
/// <param name="Name">What tells it from others: "winograd-6".</param>
/// <param name="Prepare">Packs the weights, those of each step, and makes the launches.</param>
/// <param name="ErrorBound">What its algorithm promises; null for what promises nothing in particular.</param>
internal sealed record RegionForm(string Name, Func<StepWeights[], PreparedOpenClRegion> Prepare, double? ErrorBound = null)
{
    /// <summary>True for one that is there for want of another.</summary>
    public bool IsPlain { get; init; }
}
