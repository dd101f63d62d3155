using Convoy.Diagnostics;

namespace Convoy.Cli.Commands;

/// <summary>Says of a machine that is being examined which part of it is, and how far that is.</summary>
internal sealed class DoctorStages(ProgressCounter counter)
{
    private (string Part, int? Count)? _part;

    /// <summary>What is said before there is more to say.</summary>
    public static ProgressText First { get; } = new("Examining this machine");

    /// <summary>Shows how far it is.</summary>
    public void Show(DiagnosisProgress step)
    {
        if (_part != (step.Part, step.Count))
        {
            _part = (step.Part, step.Count);
            counter.Begin(new ProgressText($"Examining {step.Part}", step.Count, "checks", "failure"));
        }

        counter.Stage = step.What;
        counter.RaiseTo(step.Done);
        while (counter.Errors < step.Failures)
        {
            counter.AddError();
        }
    }
}
