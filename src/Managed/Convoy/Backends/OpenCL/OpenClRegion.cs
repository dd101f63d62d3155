namespace Convoy.Backends.OpenCL;

/// <summary>Steps that kernels compute one after the other, of which the first alone has weights.</summary>
/// <param name="steps">The steps.</param>
/// <param name="batch">The largest number of images.</param>
/// <param name="prepare">Packs the weights and makes the launches.</param>
internal sealed class OpenClRegion(ImmutableArray<FusedStep> steps, int batch, Func<StepWeights, PreparedOpenClRegion> prepare) : IRegion
{
    public ImmutableArray<FusedStep> Steps => steps;

    public int MicroBatch => batch;

    public double? ErrorBound { get; init; }

    public IPreparedRegion Prepare(ReadOnlySpan<StepWeights> weights) => prepare(weights[0]);
}
