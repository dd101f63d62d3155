using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.OpenCL.Verification;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Steps that are computed together, and the forms in which they can be: the first that is right on the device is taken, or without a verifier the first.
/// </summary>
/// <param name="steps">The steps.</param>
/// <param name="batch">The largest number of images.</param>
/// <param name="forms">The forms, the one to prefer first; those behind it are asked for only when it fails.</param>
/// <param name="verifier">Holds what was prepared against the oracle; null trusts the device.</param>
internal sealed class OpenClRegion(ImmutableArray<FusedStep> steps, int batch, IEnumerable<RegionForm> forms, KernelVerifier? verifier) : IRegion
{
    private RegionForm? _form;

    public ImmutableArray<FusedStep> Steps => steps;

    public int MicroBatch => batch;

    public double? ErrorBound => (_form ??= forms.First()).ErrorBound;

    /// <summary>The regions of its single steps, computed one after the other where no form of the whole is right.</summary>
    public ImmutableArray<OpenClRegion> Parts { get; init; } = [];

    public IPreparedRegion Prepare(ReadOnlySpan<StepWeights> weights)
    {
        if (verifier is null)
        {
            return (_form ??= forms.First()).Prepare(weights.ToArray());
        }

        KernelVerdict? first = null;
        StepWeights[] all = weights.ToArray();
        foreach (RegionForm form in forms)
        {
            if (TryPrepare(form, all, verifier, out KernelVerdict verdict) is { } prepared)
            {
                _form = form;
                prepared.Choice = first is null ? prepared.Choice : $"{form.Name}, since on this device {first.Form} {first.Problem}";
                return prepared;
            }

            first ??= verdict;
        }

        return Parts.IsEmpty ? throw verifier.Refusal($"Layer '{steps[0].Name}'", first!) : PreparedSequence.Create(this, all, $"one by one, since on this device {first!.Form} {first.Problem}");
    }

    /// <summary>Has every form judged, and lets go of what was prepared; plain ones only where others are wrong.</summary>
    public void TryForms(StepWeights[] weights)
    {
        bool isRight = true;
        foreach (RegionForm form in forms.TakeWhile(form => !(form.IsPlain && isRight)))
        {
            TryPrepare(form, weights, verifier!, out KernelVerdict verdict)?.Dispose();
            isRight &= verdict.IsRight;
        }
    }

    /// <summary>What a form prepares; null where it is wrong, or cannot be built or run, and why.</summary>
    private PreparedOpenClRegion? TryPrepare(RegionForm form, StepWeights[] weights, KernelVerifier check, out KernelVerdict verdict)
    {
        using KernelAttempt attempt = check.Begin(this, form);
        if (attempt.Fatal is { } fatal)
        {
            verdict = fatal;
            return null;
        }

        PreparedOpenClRegion prepared;
        try
        {
            prepared = form.Prepare(weights);
        }
        catch (ConvoyException e) when (IsOfForm(e))
        {
            verdict = check.NotPrepared(this, form.Name, e);
            return null;
        }

        try
        {
            verdict = check.Judge(this, form, prepared, weights);
            if (verdict.IsRight)
            {
                return prepared;
            }
        }
        catch
        {
            prepared.Dispose();
            throw;
        }

        prepared.Dispose();
        return null;
    }

    private static bool IsOfForm(ConvoyException error) =>
        error is KernelArgumentException or BackendException { IsOfKernel: true } || (error is ClException && !KernelVerifier.IsWantOfMemory(error));
}
