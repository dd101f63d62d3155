using Convoy.Backends;
using Convoy.Profiling;

namespace Convoy.Cli.Reports;

/// <summary>A profile as a table: a row a layer, and below it one for each of its kernels, phases and transfers.</summary>
internal static class ProfileReport
{
    private static readonly ReportColumns<Row> Columns = CreateColumns(ofCounters: Priority.None);

    private static readonly ReportColumns<Row> ColumnsWithCounters = CreateColumns(ofCounters: Priority.Low);

    // More threads are summed up.
    private const int MostThreads = 8;

    // Layers that take less are not worth a sentence.
    private const double LeastPercent = 3;

    // Quartiles so far apart, in percent of the time, are those of a machine that was not quiet.
    private const double WideSpread = 10;

    // A gap between the layers of so much of the wall clock, in percent, is worth a sentence.
    private const double WideGap = 10;

    private static ReportColumns<Row> CreateColumns(Priority ofCounters) => new ReportColumns<Row>()
        .Words("layer", "layer", row => new Cell(row.Phase is null ? row.Layer.Name : $"  {row.Phase.Name}", row.Layer.Name))
        .Words("phase", "phase", row => row.Phase?.Name, Priority.None)
        .Words("op", "operation", row => row.OfLayer(row.Layer.Op), Priority.Low)
        .Words("algorithm", "algorithm", row => row.OfLayer(row.Layer.Algorithm))
        .Words("input_shape", "input C x H x W", row => row.OfLayer(string.Join(" x ", row.Layer.InputShape)), Priority.Low)
        .Words("output_shape", "output C x H x W", row => row.OfLayer(string.Join(" x ", row.Layer.OutputShape)), Priority.Low)
        .Count("launches", "launches", row => row.Phase?.Launches, Priority.None)
        .Number("ms", "time", "ms", row => Cell.Of(row.Work.Milliseconds, 3), Priority.High)
        .Number("least_ms", "least", "ms", row => Cell.Of(row.Work.Spread.Least, 3), Priority.None)
        .Number("median_ms", "median", "ms", row => Cell.Of(row.Work.Spread.Median, 3), Priority.None)
        .Number("low_ms", "lower quartile", "ms", row => Cell.Of(row.Work.Spread.Low, 3), Priority.None)
        .Number("high_ms", "upper quartile", "ms", row => Cell.Of(row.Work.Spread.High, 3), Priority.None)
        .Number("spread_percent", "spread", "%", row => ShowSpread(row.Work), Priority.Low)
        .Number("percent", "share", "%", row => Cell.Of(row.Work.Percent, 1), Priority.High)
        .Number("gflop", "GFLOP", "", row => row.Phase is null ? ShowPositive(row.Layer.GigaFlops) : Cell.Empty, Priority.None)
        .Number("executed_gflop", "executed GFLOP", "", row => ShowPositive(row.Work.ExecutedGigaFlops), Priority.None)
        .Number("gflops_per_second", "effective GFLOP/s", "", row => row.Phase is null ? ShowRate(row.Layer.GigaFlopsPerSecond) : Cell.Empty)
        .Number("executed_gflops_per_second", "executed GFLOP/s", "", row => ShowRate(row.Work.ExecutedGigaFlopsPerSecond))
        .Number("percent_of_peak", "of peak", "%", row => ShowShare(row.Work.PercentOfPeak), Priority.High)
        .Number("gbytes", "GB", "", row => ShowPositive(row.Work.GigaBytes), Priority.None)
        .Number("memory_gbytes", "through memory, GB", "", row => row.Work.MemoryGigaBytes is { } bytes ? Cell.Of(bytes, 3) : Cell.Empty, Priority.None)
        .Number("gbytes_per_second", "GB/s", "", row => ShowRate(row.Work.GigaBytesPerSecond))
        .Number("percent_of_bandwidth", "of bandwidth", "%", row => ShowBandwidth(row.Work))
        .Number("intensity", "FLOP/byte", "", row => ShowPositive(row.Work.Intensity), Priority.Low)
        .Words("bound", "bound by", row => ShowLimit(row.Profile, row.Work), Priority.High)
        .Number("bound_percent", "bound", "%", row => row.Work.Limit is { } limit ? Cell.Of(limit.Percent, 0) : Cell.Empty, Priority.None)
        .Words("advice", "what would help", row => row.Work.Limit?.Advice, Priority.None)
        .Count("cycles", "cycles", row => row.Work.Counters?.Cycles, Priority.None)
        .Count("instructions", "instructions", row => row.Work.Counters?.Instructions, Priority.None)
        .Number("instructions_per_cycle", "instructions/cycle", "", row => ShowInstructions(row.Work.Counters), ofCounters)
        .Count("cache_misses", "cache misses", row => row.Work.Counters?.CacheMisses, ofCounters)
        .Number("threads_busy_ms", "busy", "ms", row => ShowThreads(row.Work, times => times.BusyMilliseconds), Priority.None)
        .Number("threads_stolen_ms", "stolen", "ms", row => ShowThreads(row.Work, times => times.StolenMilliseconds), Priority.None)
        .Number("threads_waiting_ms", "waiting", "ms", row => ShowThreads(row.Work, times => times.WaitingMilliseconds), Priority.None)
        .Words("each_thread", "thread", row => ListThreads(row.Work, times => times.Thread), Priority.None)
        .Words("each_thread_busy_ms", "busy each", row => ListThreads(row.Work, times => times.BusyMilliseconds), Priority.None)
        .Words("each_thread_stolen_ms", "stolen each", row => ListThreads(row.Work, times => times.StolenMilliseconds), Priority.None)
        .Words("each_thread_waiting_ms", "waiting each", row => ListThreads(row.Work, times => times.WaitingMilliseconds), Priority.None)
        .Words("layers", "layers", row => string.Join("; ", row.Layer.Layers), Priority.None)
        .Words("shares", "layers' shares", row => string.Join("; ", row.Layer.Shares.Select(share => $"{share.Layer} {Cell.Of(share.Percent, 1).Raw}")), Priority.None)
        .Words("choice", "why this algorithm", row => row.Layer.Choice, Priority.None)
        .Words("model", "model", row => row.Profile.Model, Priority.None)
        .Words("device", "device", row => row.Profile.Device, Priority.None)
        .Words("precision", "type", row => row.Profile.Precision, Priority.None)
        .Count("batch", "batch", row => row.Profile.Images, Priority.None)
        .Count("threads", "threads", row => row.Profile.Threads, Priority.None)
        .Count("runs", "runs", row => row.Profile.Batches, Priority.None)
        .Number("other_processes_percent", "others", "%", row => row.Profile.OtherProcessesPercent is { } share ? Cell.Of(share, 1) : Cell.Empty, Priority.None)
        .Number("peak_gflops_per_second", "peak GFLOP/s", "", row => ShowPeak(row.Profile.Peaks?.GigaFlopsPerSecond), Priority.None)
        .Number("peak_gbytes_per_second", "peak GB/s", "", row => ShowPeak(row.Profile.Peaks?.GigaBytesPerSecond), Priority.None)
        .Number("peak_cache_gbytes_per_second", "peak of the cache, GB/s", "", row => ShowPeak(row.Profile.Peaks?.CacheGigaBytesPerSecond), Priority.None)
        .Number("launch_us", "launch", "us", row => ShowPeak(row.Profile.Peaks?.LaunchMicroseconds), Priority.None)
        .Words("device_name", "device's name", row => row.Profile.DeviceName, Priority.None)
        .Words("backend", "backend", row => row.Profile.Backend, Priority.None)
        .Words("version", "version", row => row.Profile.MeasuredOn?.Version, Priority.None)
        .Words("commit", "commit", row => row.Profile.MeasuredOn?.Commit, Priority.None);

    /// <summary>For people, and as CSV.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="showsChoices">Whether to say why algorithms were chosen.</param>
    /// <param name="isWithoutChains">Whether layers were kept from being computed as one.</param>
    public static Report CreateReport(NetworkProfile profile, bool showsChoices = false, bool isWithoutChains = false)
    {
        bool hasCounters = profile.Layers.Any(layer => layer.Counters is not null);
        Row[] rows = [.. profile.Layers.SelectMany(layer =>
            (Row[])[new Row(profile, layer, null), .. layer.Phases.Select(phase => new Row(profile, layer, phase))])];
        Report report = (hasCounters ? ColumnsWithCounters : Columns).CreateReport(rows);
        report.Repetitions.UnionWith(report.Rows.Where((_, i) => rows[i].RepeatsLayer));
        report.Total = [.. report.Columns.Select(column => TotalOf(column.Key, profile))];
        report.Notes.AddRange(CreateNotes(profile));
        report.Notes.AddRange(profile.Layers.Where(layer => !layer.Shares.IsEmpty).Select(DescribeChain));
        report.Notes.AddRange(AlgorithmNotes.Of(profile.Layers.Select(layer => layer.Algorithm)));
        if (isWithoutChains)
        {
            report.Notes.Add("--no-chains: the layers were computed one by one, and slower than where the device computes several as one.");
        }

        if (showsChoices)
        {
            report.Notes.AddRange(
                from layer in profile.Layers
                where layer.Choice is not null
                select $"{layer.Name}: {layer.Algorithm}, {layer.Choice}");
        }

        return report;
    }

    private static Cell TotalOf(string key, NetworkProfile profile)
    {
        double seconds = profile.SumMilliseconds / 1e3;
        double executed = profile.Layers.Sum(layer => layer.ExecutedGigaFlops) / seconds;
        return key switch
        {
            "layer" => Cell.Of("sum"),
            "ms" => Cell.Of(profile.SumMilliseconds, 3),
            "percent" => Cell.Of(profile.Layers.Sum(layer => layer.Percent), 1),
            "gflops_per_second" => ShowRate(profile.Layers.Sum(layer => layer.GigaFlops) / seconds),
            "executed_gflops_per_second" => ShowRate(executed),
            "percent_of_peak" => ShowShare(100 * executed / profile.Peaks?.GigaFlopsPerSecond),
            "gbytes_per_second" => ShowRate(profile.Layers.Sum(layer => layer.GigaBytes) / seconds),
            _ => Cell.Empty,
        };
    }

    private static Cell ShowPositive(double value) => value > 0 ? Cell.Significant(value) : Cell.Empty;

    private static Cell ShowRate(double value) => value > 0 ? Cell.Of(value, 1) : Cell.Empty;

    private static Cell ShowShare(double? percent) => percent is > 0 and { } share ? Cell.Of(share, 1) : Cell.Empty;

    // None of it is a figure too: all bytes come from a cache.
    private static Cell ShowBandwidth(WorkProfile work) => work is { GigaBytes: > 0, PercentOfBandwidth: { } share } ? Cell.Of(share, 1) : Cell.Empty;

    private static Cell ShowPeak(double? peak) => peak is { } value ? Cell.Of(value, 1) : Cell.Empty;

    private static Cell ShowSpread(WorkProfile work) =>
        work.Milliseconds > 0 ? Cell.Of(SpreadOf(work), 0) : Cell.Empty;

    private static double SpreadOf(WorkProfile work) => 100 * (work.Spread.High - work.Spread.Low) / work.Milliseconds;

    private static Cell ShowLimit(NetworkProfile profile, WorkProfile work) =>
        work.Limit is { } limit ? new Cell(FormattableString.Invariant($"{NameOf(limit.Bound)}, {limit.Percent:N0} %"), NameOf(limit.Bound))
        : IsUnclear(profile, work) ? new Cell("unclear", "")
        : Cell.Empty;

    /// <summary>Time of all threads together; empty where the backend does not report it.</summary>
    private static Cell ShowThreads(WorkProfile work, Func<ThreadTimes, double> timeOf) =>
        work.Threads.IsEmpty ? Cell.Empty : Cell.Of(work.Threads.Sum(timeOf), 3);

    /// <summary>What each thread did, in their order, for programs: "1.25 1.5".</summary>
    private static string ListThreads(WorkProfile work, Func<ThreadTimes, double> find) =>
        string.Join(' ', work.Threads.Select(times => Cell.Of(find(times), 3).Raw));

    private static Cell ShowInstructions(EventCounts? counts) =>
        counts is { Cycles: > 0 and var cycles, Instructions: { } instructions } ? Cell.Of((double)instructions / cycles, 2) : Cell.Empty;

    private static bool IsUnclear(NetworkProfile profile, WorkProfile work) => work.Limit is null && profile.Peaks is not null && work.Milliseconds > 0;

    private static string NameOf(Bound bound) => SnakeCase.NameOf(bound);

    private static string DescribeChain(LayerProfile chain) => FormattableString.Invariant(
        $"The chain stands for {chain.Layers.Length} layers computed as one, which have no times of their own; by arithmetic: {string.Join(", ", chain.Shares.Select(share => FormattableString.Invariant($"{share.Layer} {share.Percent:N1} %")))}. With --no-chains they are computed one by one, and slower.");

    /// <summary>Whose times the layers' are, where they are not the device's own as usual; null elsewhere.</summary>
    public static string? DescribeTimes(NetworkProfile profile) => profile.TimesProblem is not { } problem ? null
        : $"{problem} Layers were waited for one by one and timed by the host's clock, which counts the way to the device and back for each.";

    private static IEnumerable<string> CreateNotes(NetworkProfile profile)
    {
        if (DescribeTimes(profile) is { } times)
        {
            yield return times;
        }

        Spread spread = profile.WallSpread;
        yield return FormattableString.Invariant(
            $"Wall clock: {profile.WallMilliseconds:N3} ms for a batch of {profile.Images:N0} on {Counted.Of(profile.Threads, "thread")}, the most typical of {Counted.Of(profile.Batches, "run")} ({(profile.Batches < 4 ? "they took" : "half of them")} {spread.Low:N3} to {spread.High:N3}), {profile.ImagesPerSecond:N1} images/s; {profile.GapMilliseconds:N3} ms ({100 * profile.GapMilliseconds / profile.WallMilliseconds:N1} %) of it between the layers.");
        yield return FormattableString.Invariant(
            $"Upload {profile.UploadMilliseconds:N3} ms, compute {profile.ComputeMilliseconds:N3} ms, download {profile.DownloadMilliseconds:N3} ms.");
        if (profile.Stream is { } stream)
        {
            yield return DescribeStream(stream);
        }

        if (DescribeThreads(profile) is { } threads)
        {
            yield return threads;
        }

        if (profile.Peaks is { } peaks)
        {
            yield return FormattableString.Invariant(
                $"Measured peaks: {peaks.GigaFlopsPerSecond:N1} GFLOP/s in fused multiply-adds, {peaks.GigaBytesPerSecond:N1} GB/s in reading memory{(peaks.IsDisturbed ? FormattableString.Invariant($", while other processes took {peaks.OtherProcessesPercent:N0} % of the cores: they may be too low") : "")}.");
        }

        if (profile.IsDisturbed)
        {
            yield return FormattableString.Invariant(
                $"Other processes, or a virtual machine's hypervisor, took {profile.OtherProcessesPercent:N0} % of the cores meanwhile: too much to rely on the figures; measure again when the machine has less to do.");
        }

        if (DescribeSpreads(profile) is { } spreads)
        {
            yield return spreads;
        }

        foreach (string sentence in DescribeLimits(profile))
        {
            yield return sentence;
        }

        if (DescribeUnclear(profile) is { } unclear)
        {
            yield return unclear;
        }

        if (100 * profile.GapMilliseconds / profile.WallMilliseconds is >= WideGap and var gap)
        {
            yield return FormattableString.Invariant(
                $"Between the layers passes {gap:N0} % of the wall clock: work is launched, and waited for. A larger batch has less of it for each image.");
        }
    }

    /// <summary>The layers that took longer in some runs than in others, and took part of the time; null where there are none.</summary>
    private static string? DescribeSpreads(NetworkProfile profile)
    {
        string[] wide = [.. profile.Layers.Where(layer => layer.Percent >= LeastPercent && SpreadOf(layer) >= WideSpread)
            .Select(layer => FormattableString.Invariant($"{layer.Name} {SpreadOf(layer):N0} %"))];
        return wide.Length == 0 ? null : FormattableString.Invariant(
            $"Times spread by {WideSpread:N0} % or more, so that a quieter machine, or more --runs, would give others: {string.Join(", ", wide)}.");
    }

    /// <summary>The phases of one kind, or the layers without any, that take part of the time and are bound by nothing known; null where there are none.</summary>
    private static string? DescribeUnclear(NetworkProfile profile)
    {
        (LayerProfile Layer, WorkProfile Work)[] rows =
        [
            .. from layer in profile.Layers
               from work in layer.Phases.Length > 1 ? (IEnumerable<WorkProfile>)layer.Phases : [layer]
               where IsUnclear(profile, work)
               select (layer, work),
        ];
        string[] unclear =
        [
            .. from row in rows
               group row by row.Work is PhaseProfile phase ? $"{phase.Name} of " : "" into kind
               where kind.Sum(row => row.Work.Percent) >= LeastPercent
               select FormattableString.Invariant($"{kind.Key}{string.Join(", ", kind.Select(row => row.Layer.Name))} ({kind.Sum(row => row.Work.Percent):N1} % of the time)"),
        ];
        return unclear.Length == 0 ? null
            : $"Unclear: {string.Join("; ", unclear)}. Neither multiply-adds, bytes, launching nor waiting explains a quarter of it: it is the caches' latency, or other instructions. Try {(rows.Any(row => row.Layer.Algorithm.StartsWith("winograd", StringComparison.Ordinal)) ? "--convolution direct, or " : "")}another --batch.";
    }

    private static string DescribeStream(StreamProfile stream)
    {
        string overlap = stream.TransfersBatches
            ? FormattableString.Invariant($"{stream.OverlappedMilliseconds:N3} of {stream.TransferMilliseconds:N3} ms of transfers ran while another batch computed")
            : "the device works in the host's memory, so that there are no transfers to run while another batch computes";
        return FormattableString.Invariant(
            $"With {stream.BatchesInFlight} batches in flight: {stream.WallMilliseconds:N3} ms from one batch to the next; upload {stream.UploadMilliseconds:N3} ms, compute {stream.ComputeMilliseconds:N3} ms, download {stream.DownloadMilliseconds:N3} ms; {overlap}.");
    }

    /// <summary>What the threads did altogether; null where there is one, or nothing is reported of them.</summary>
    private static string? DescribeThreads(NetworkProfile profile)
    {
        IGrouping<int, ThreadTimes>[] threads = [.. profile.Layers.SelectMany(layer => layer.Threads).GroupBy(times => times.Thread)];
        if (threads.Length < 2)
        {
            return null;
        }

        int idle = threads.Count(thread => thread.All(times => times.BusyMilliseconds + times.StolenMilliseconds <= 0));
        bool isStolen = threads.Any(thread => thread.Any(times => times.StolenMilliseconds > 0));
        string nothing = idle == 0 ? "" : FormattableString.Invariant(
            $" {idle:N0} of {threads.Length:N0} did nothing: {(isStolen ? "others took the work before they got to run, for want of free cores" : "the batch is too small to be divided among them")}.");
        return threads.Length <= MostThreads
            ? $"Threads: {string.Join("; ", threads.Select(DescribeThread))}.{nothing}"
            : $"Threads: the busiest is {DescribeThread(threads.MaxBy(WorkOf)!)}; the idlest {DescribeThread(threads.MinBy(WorkOf)!)}.{nothing}";

        static double WorkOf(IGrouping<int, ThreadTimes> thread) => thread.Sum(times => times.BusyMilliseconds + times.StolenMilliseconds);
    }

    private static string DescribeThread(IGrouping<int, ThreadTimes> thread)
    {
        double busy = thread.Sum(times => times.BusyMilliseconds);
        double stolen = thread.Sum(times => times.StolenMilliseconds);
        double waiting = thread.Sum(times => times.WaitingMilliseconds);
        double all = Math.Max(busy + stolen + waiting, double.Epsilon);
        return FormattableString.Invariant(
            $"{thread.Key} busy {100 * busy / all:N1} %, stolen {100 * stolen / all:N1} %, waiting {100 * waiting / all:N1} %");
    }

    /// <summary>What bounds the layers that take the time, and what would help, each once.</summary>
    private static IEnumerable<string> DescribeLimits(NetworkProfile profile) =>
        from layer in profile.Layers
        where layer is { Limit: not null, Percent: >= LeastPercent }
        group layer by (layer.Limit!.Bound, layer.Limit.Advice) into alike
        select $"Bound by {NameOf(alike.Key.Bound)}: {string.Join(", ", alike.Select(layer => layer.Name))}. {alike.Key.Advice}";

    /// <summary>A layer, or one of its phases.</summary>
    private sealed record Row(NetworkProfile Profile, LayerProfile Layer, PhaseProfile? Phase)
    {
        /// <summary>What it took.</summary>
        public WorkProfile Work => Phase is null ? Layer : Phase;

        /// <summary>Whether the layer's row says the same: there is nothing else in it.</summary>
        public bool RepeatsLayer => Phase is not null && Layer.Phases.Length == 1;

        /// <summary>What people need not read again for each phase.</summary>
        public Cell OfLayer(string text) => new(Phase is null ? text : "", text);
    }
}
