using Convoy.Backends.OpenCL.Verification;

namespace Convoy.Backends.OpenCL;

/// <summary>Divides a network's steps into regions, and lists the forms in which the device, or the plainest of its kind, can compute each.</summary>
/// <param name="own">Prepares kernels that are specialised for the device.</param>
/// <param name="plain">Prepares kernels that make use of nothing special: what is left where those are wrong.</param>
/// <param name="verifier">Holds what was prepared against the oracle; null trusts the device.</param>
internal sealed class RegionPlanning(StepPreparation own, StepPreparation plain, KernelVerifier? verifier)
{
    /// <summary>Plans the first of steps that follow each other, with the next where they are better computed together.</summary>
    public OpenClRegion Plan(ReadOnlySpan<FusedStep> run, int batch)
    {
        ImmutableArray<FusedStep> steps = [.. run[..own.CountTogether(run, batch)]];
        return steps.Length == 1 ? PlanAlone(steps[0], batch) : new OpenClRegion(steps, batch, own.List(steps, batch), verifier)
        {
            Parts = [.. steps.Select(step => PlanAlone(step, batch))],
        };
    }

    private OpenClRegion PlanAlone(FusedStep step, int batch) =>
        new([step], batch, own.List([step], batch).Concat(plain.List([step], batch).Select(form => form with { IsPlain = true })), verifier);
}
