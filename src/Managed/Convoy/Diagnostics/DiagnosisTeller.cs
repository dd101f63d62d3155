namespace Convoy.Diagnostics;

/// <summary>Tells whoever wants to hear it how far the examination of a machine is.</summary>
internal sealed class DiagnosisTeller(Action<DiagnosisProgress>? progress)
{
    private DiagnosisProgress _now = new("", 0, null, 0);

    /// <summary>Begins another part.</summary>
    public void Begin(string part) => Tell(new DiagnosisProgress(part, 0, null, _now.Failures));

    /// <summary>Begins a check of that part.</summary>
    public void Check(string what, int done, int count) => Tell(_now with { What = what, Done = done, Count = count });

    /// <summary>Counts what was found wrong.</summary>
    public void Fail() => Tell(_now with { Failures = _now.Failures + 1 });

    private void Tell(DiagnosisProgress step)
    {
        _now = step;
        progress?.Invoke(step);
    }
}
