using Convoy.Memory;
using Convoy.Profiling;

namespace Convoy.Cli.Commands;

/// <summary>
/// Measures combinations by turns, as many side by side as memory has room for. One that cannot be measured does not take the
/// others with it, and an interruption takes nothing of what was measured before.
/// </summary>
internal sealed class BenchSeries(Network network, WeightSet weights, BenchLength length) : IDisposable
{
    /// <summary>Units of progress of one combination.</summary>
    public const int Steps = 100;

    // Compiling and warming up take about half as long as what is measured.
    private const double PreparedShare = 1.0 / 3;

    /// <summary>Each has threads of its own, asleep while others are measured.</summary>
    private const int MostAtOnce = 64;

    private readonly SortedDictionary<int, BenchResult> _results = [];
    private readonly List<MeasuredSession> _live = [];
    private readonly BandwidthProbe _probe = new();
    private int _groups;

    /// <summary>What was measured, in the order of the combinations.</summary>
    public BenchResult[] Results => [.. _results.Values];

    /// <summary>What was left out, and why.</summary>
    public List<(BenchCombination Combination, Exception Reason)> LeftOut { get; } = [];

    /// <summary>The same as sentences, and how the others were measured where that is not by turns.</summary>
    public IEnumerable<string> Notes =>
    [
        .. LeftOut.Where(each => each.Reason is not DeviceException)
            .Select(each => $"Left out '{each.Combination}': {(each.Reason is OutOfMemoryException ? MemoryShortage.Sentence : each.Reason.Message)}"),
        .. FailuresOf(reason => reason is DeviceException).Select(FailedDevices.Describe),
        .. _groups > 1 ? [$"Memory has no room for all sessions side by side: they were measured in {_groups} groups, and only within a group by turns."] : (string[])[],
    ];

    /// <summary>True if not all combinations were measured for as long as asked for.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>Ends in a sentence that names each of several devices, where it is they that fail.</summary>
    /// <exception cref="ConvoyException">There are several, and each failed.</exception>
    public void ThrowIfNoDeviceBegins()
    {
        DeviceFailure[] failures = [.. FailuresOf(_ => true)];
        if (failures.Length > 1 && failures.Length == LeftOut.DistinctBy(each => each.Combination.Device).Count())
        {
            FailedDevices.Throw(failures);
        }
    }

    /// <summary>Measures combinations, until the token asks to stop.</summary>
    public void Measure(IReadOnlyList<BenchCombination> combinations, ProgressCounter counter, CancellationToken cancellationToken)
    {
        var memory = new BenchMemory(network);
        List<List<int>> divided = MemoryGroups.Divide(Enumerable.Range(0, combinations.Count), index => memory.NeedOf(combinations[index]), memory.BoundOf, MostAtOnce);
        _groups = divided.Count;
        Queue<List<int>> groups = new(divided);
        while (!IsInterrupted && groups.TryDequeue(out List<int>? group))
        {
            try
            {
                // What failed beside others may have room alone.
                List<int> failed = Begin(group, combinations, counter, cancellationToken);
                failed.ForEach(index => groups.Enqueue([index]));
                bool isAlone = _live.Count == 1;
                foreach (MeasuredSession session in Rounds.Take(_live, each => each.IsDone))
                {
                    counter.Stage = combinations[session.Index].ToString();
                    MeasureSlice(session, combinations[session.Index], isCold: !isAlone, counter, cancellationToken);
                    Report(counter, combinations.Count, session);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                IsInterrupted = true;
            }
            finally
            {
                EndGroup();
            }
        }
    }

    public void Dispose() => _probe.Dispose();

    /// <summary>Prepares combinations and measures a slice of each; returns those that failed beside others.</summary>
    private List<int> Begin(List<int> group, IReadOnlyList<BenchCombination> combinations, ProgressCounter counter, CancellationToken cancellationToken)
    {
        List<int> failed = [];
        foreach (int index in group)
        {
            counter.Stage = combinations[index].ToString();
            Report(counter, combinations.Count, _live.LastOrDefault());
            int others = _live.Count;
            try
            {
                Prepare(index, combinations[index], cancellationToken);
            }
            catch (Exception e) when (e is ConvoyException or OutOfMemoryException && others > 0)
            {
                failed.Add(index);
                continue;
            }
            catch (Exception e) when (e is ConvoyException or UsageException or OutOfMemoryException)
            {
                LeaveOut(combinations[index], e, counter);
                continue;
            }

            MeasureSlice(_live[^1], combinations[index], isCold: false, counter, cancellationToken);
            Report(counter, combinations.Count, _live[^1]);
        }

        return failed;
    }

    /// <summary>Compiles a combination and warms it up; one that fails is not kept, one that is interrupted is.</summary>
    private void Prepare(int index, BenchCombination combination, CancellationToken cancellationToken)
    {
        var session = new MeasuredSession(index, network, weights, combination, length, cancellationToken);
        try
        {
            // A device may have fewer threads than asked for, and its limits may have split the batch.
            if (_live.Select(each => each.Key).Concat(_results.Values.Select(BenchKey.Of)).Contains(session.Key))
            {
                throw new UsageException(FormattableString.Invariant(
                    $"it comes to {Counted.Of(session.Key.Threads, "thread")} and batch {session.Key.BatchSize}, which were measured before."));
            }

            _live.Add(session);
            session.WarmUp(PeakMeasuring.Get(combination.Device, session.Key.Threads, cancellationToken), _probe, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            _live.Remove(session);
            session.Dispose();
            throw;
        }
    }

    private void MeasureSlice(MeasuredSession session, BenchCombination combination, bool isCold, ProgressCounter counter, CancellationToken cancellationToken)
    {
        try
        {
            session.Meter.MeasureSlice(isCold, cancellationToken);
        }
        catch (Exception e) when (e is ConvoyException or OutOfMemoryException)
        {
            session.HasFailed = true;
            LeaveOut(combination, e, counter);
        }
    }

    private void LeaveOut(BenchCombination combination, Exception reason, ProgressCounter counter)
    {
        LeftOut.Add((combination, reason));
        if (reason is not UsageException)
        {
            counter.AddError();
        }
    }

    /// <summary>What devices failed with first.</summary>
    private IEnumerable<DeviceFailure> FailuresOf(Func<Exception, bool> isMeant) => LeftOut
        .Where(each => each.Reason is ConvoyException && isMeant(each.Reason))
        .DistinctBy(each => each.Combination.Device)
        .Select(each => new DeviceFailure(each.Combination.Device, (ConvoyException)each.Reason));

    /// <summary>Says how far all are, and how fast the one is that is under way.</summary>
    private void Report(ProgressCounter counter, int combinations, MeasuredSession? current = null)
    {
        MeasuredSession[] sound = [.. _live.Where(each => !each.HasFailed)];
        int ended = _results.Count + LeftOut.Count;
        string rate = current is { HasFailed: false, Meter.ImagesPerSecond: { } speed } ? $", {Cell.Significant(speed).Text} images/s" : "";
        counter.Facts = FormattableString.Invariant($"{ended + sound.Count(each => each.IsDone):N0} of {Counted.Of(combinations, "combination")}{rate}");
        counter.RaiseTo((long)(Steps * (ended + sound.Sum(each => PreparedShare + ((1 - PreparedShare) * each.Meter.Share)))));
    }

    private void EndGroup()
    {
        foreach (MeasuredSession session in _live)
        {
            if (session.Result is { } result)
            {
                _results.Add(session.Index, result);
            }

            session.Dispose();
        }

        _live.Clear();
        NativeMemoryPool.Shared.Trim();
    }
}
