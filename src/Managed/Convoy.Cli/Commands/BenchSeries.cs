using System.Diagnostics;
using Convoy.Memory;

namespace Convoy.Cli.Commands;

/// <summary>What one measurement of a bench is made with.</summary>
internal sealed record BenchCombination(Device Device, SessionOptions Options)
{
    /// <summary>For people: "native, fp32, 2 threads, batch 64".</summary>
    public override string ToString()
    {
        string precision = PrecisionNames.All.First(each => each.Value == Options.WeightPrecision).Name;
        string threads = Options.Threads == 0 ? "" : Options.Threads == 1 ? "1 thread, " : FormattableString.Invariant($"{Options.Threads} threads, ");
        return FormattableString.Invariant($"{Device}, {precision}, {threads}batch {Options.BatchSize}");
    }
}

/// <summary>
/// Measures combinations one after the other. One that cannot be measured does not take the others with it, and an
/// interruption takes nothing of what was measured before.
/// </summary>
internal sealed class BenchSeries(Network network, WeightSet weights, double seconds)
{
    /// <summary>Units of progress of one combination.</summary>
    public const int Steps = 100;

    private readonly List<BenchDocument> _results = [];

    /// <summary>What was measured, in the order of the combinations; the last may be cut short.</summary>
    public BenchDocument[] Results => [.. _results];

    /// <summary>What was left out, and why.</summary>
    public List<(BenchCombination Combination, Exception Reason)> LeftOut { get; } = [];

    /// <summary>The same as sentences.</summary>
    public IEnumerable<string> Notes =>
        LeftOut.Select(each => $"Left out '{each.Combination}': {(each.Reason is OutOfMemoryException ? MemoryShortage.Sentence : each.Reason.Message)}");

    /// <summary>True if not all combinations were measured for as long as asked for.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>Measures combinations, until the token asks to stop.</summary>
    public void Measure(IEnumerable<BenchCombination> combinations, ProgressCounter counter, CancellationToken cancellationToken)
    {
        foreach ((int index, BenchCombination combination) in combinations.Index())
        {
            counter.Stage = combination.ToString();
            try
            {
                Measure(combination, share => counter.RaiseTo((long)((index + share) * Steps)), cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                IsInterrupted = true;
            }
            catch (Exception e) when (e is ConvoyException or UsageException or OutOfMemoryException)
            {
                LeftOut.Add((combination, e));
            }

            if (IsInterrupted)
            {
                if (_results.Count > 0)
                {
                    _results[^1] = _results[^1] with { Interrupted = true };
                }

                return;
            }

            counter.RaiseTo((index + 1L) * Steps);
        }
    }

    private void Measure(BenchCombination combination, Action<double> progress, CancellationToken cancellationToken)
    {
        Device device = combination.Device;
        NativeMemoryPool.Shared.Trim();
        NativeMemoryPool.Shared.ResetPeak();
        device.Memory?.ResetPeak();
        long begin = Stopwatch.GetTimestamp();
        using InferenceSession session = ComputeOptions.Compile(network, device, weights, combination.Options);
        double buildMs = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;

        // A device may have fewer threads than asked for, and its limits may have split the batch.
        string type = session.Precision;
        if (_results.Any(each =>
            each.Device == device.Name && each.Precision == type && each.Threads == session.Threads && each.Batch == session.BatchSize))
        {
            string threads = session.Threads == 1 ? "1 thread" : FormattableString.Invariant($"{session.Threads} threads");
            throw new UsageException(FormattableString.Invariant($"it comes to {threads} and batch {session.BatchSize}, which were measured before."));
        }

        BenchRun run = BenchRun.Measure(session, seconds, progress, cancellationToken);
        _results.Add(BenchReport.CreateDocument(session, run, buildMs));
        IsInterrupted = run.IsInterrupted;
    }
}
