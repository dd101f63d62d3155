using Convoy.Memory;
using Convoy.Profiling;

namespace Convoy.Cli.Commands;

/// <summary>
/// Measures combinations by turns, as many side by side as memory has room for. One that cannot be measured does not take the
/// others with it, and an interruption takes nothing of what was measured before.
/// </summary>
internal sealed class BenchSeries(Network network, WeightSet weights, BenchLength length)
{
    /// <summary>Units of progress of one combination.</summary>
    public const int Steps = 100;

    /// <summary>Each has threads of its own, asleep while others are measured.</summary>
    private const int MostAtOnce = 64;

    private readonly SortedDictionary<int, BenchDocument> _results = [];
    private readonly List<MeasuredSession> _live = [];
    private readonly Dictionary<(Device Device, int Threads), DevicePeaks?> _peaks = [];
    private int _groups;

    /// <summary>What was measured, in the order of the combinations.</summary>
    public BenchDocument[] Results => [.. _results.Values];

    /// <summary>What was left out, and why.</summary>
    public List<(BenchCombination Combination, Exception Reason)> LeftOut { get; } = [];

    /// <summary>The same as sentences, and how the others were measured where that is not by turns.</summary>
    public IEnumerable<string> Notes =>
    [
        .. LeftOut.Select(each => $"Left out '{each.Combination}': {(each.Reason is OutOfMemoryException ? MemoryShortage.Sentence : each.Reason.Message)}"),
        .. _groups > 1 ? [$"Memory has no room for all sessions side by side: they were measured in {_groups} groups, and only within a group by turns."] : (string[])[],
    ];

    /// <summary>True if not all combinations were measured for as long as asked for.</summary>
    public bool IsInterrupted { get; private set; }

    /// <summary>Measures combinations, until the token asks to stop.</summary>
    public void Measure(IReadOnlyList<BenchCombination> combinations, ProgressCounter counter, CancellationToken cancellationToken)
    {
        var memory = new BenchMemory(network);
        Queue<List<int>> groups = new(MemoryGroups.Divide(Enumerable.Range(0, combinations.Count), index => memory.NeedOf(combinations[index]), memory.BoundOf, MostAtOnce));
        while (!IsInterrupted && groups.TryDequeue(out List<int>? group))
        {
            _groups++;
            try
            {
                foreach (int retried in MeasureGroup(group, combinations, counter, cancellationToken))
                {
                    groups.Enqueue([retried]);
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

    /// <summary>Measures combinations by turns; returns those that failed beside others and may succeed alone.</summary>
    private List<int> MeasureGroup(List<int> group, IReadOnlyList<BenchCombination> combinations, ProgressCounter counter, CancellationToken cancellationToken)
    {
        List<int> retried = [];
        foreach (int index in group)
        {
            try
            {
                Begin(index, combinations[index], cancellationToken);
                Report();
            }
            catch (Exception e) when (e is ConvoyException or OutOfMemoryException && _live.Count > 0)
            {
                retried.Add(index);
            }
            catch (Exception e) when (e is ConvoyException or UsageException or OutOfMemoryException)
            {
                LeftOut.Add((combinations[index], e));
            }
        }

        bool isAlone = _live.Count == 1;
        foreach (MeasuredSession session in Rounds.Take(_live, each => each.IsDone))
        {
            try
            {
                session.Meter.MeasureSlice(isCold: !isAlone, cancellationToken);
            }
            catch (Exception e) when (e is ConvoyException or OutOfMemoryException)
            {
                session.HasFailed = true;
                LeftOut.Add((combinations[session.Index], e));
            }

            Report();
        }

        return retried;

        void Report() => counter.RaiseTo((long)(Steps * (_results.Count + LeftOut.Count + _live.Sum(each => each.HasFailed ? 0 : each.Meter.Share))));
    }

    /// <summary>Compiles a combination, warms it up and measures its first slice.</summary>
    private void Begin(int index, BenchCombination combination, CancellationToken cancellationToken)
    {
        var session = new MeasuredSession(index, network, weights, combination, length, cancellationToken);
        try
        {
            // A device may have fewer threads than asked for, and its limits may have split the batch.
            if (_live.Select(each => each.Key).Concat(_results.Values.Select(BenchKey.Of)).Contains(session.Key))
            {
                throw new UsageException(FormattableString.Invariant(
                    $"it comes to {Counted.Of(session.Key.Threads, "thread")} and batch {session.Key.Batch}, which were measured before."));
            }

            session.WarmUp(PeaksOf(combination.Device, session.Key.Threads), cancellationToken);
        }
        catch
        {
            session.Dispose();
            throw;
        }

        _live.Add(session);
        session.Meter.MeasureSlice(isCold: false, cancellationToken);
    }

    private DevicePeaks? PeaksOf(Device device, int threads)
    {
        if (!_peaks.TryGetValue((device, threads), out DevicePeaks? peaks))
        {
            peaks = _peaks[(device, threads)] = device == Device.Native ? DevicePeaks.Measure(threads) : null;
        }

        return peaks;
    }

    private void EndGroup()
    {
        foreach (MeasuredSession session in _live)
        {
            if (session.Document is { } document)
            {
                _results.Add(session.Index, document);
            }

            session.Dispose();
        }

        _live.Clear();
        NativeMemoryPool.Shared.Trim();
    }
}
