using Convoy.Cli.Options;
using Convoy.Cli.Output;
using Convoy.Profiling;
using Convoy.Runtime;

namespace Convoy.Cli.Measuring;

/// <summary>A profile as a document and as a table.</summary>
internal static class ProfileReport
{
    /// <summary>
    /// Measures where a session's time goes, with the machine's peaks where the session uses its cores, and how batches
    /// overlap where they do.
    /// </summary>
    public static ProfileDocument Measure(InferenceSession session, int runs, CancellationToken cancellationToken)
    {
        MachinePeaks? peaks = session.Device == Device.Native ? MachinePeaks.Measure(session.Threads) : null;
        using Memory.PooledBuffer<float> images = SyntheticImages.Create(session, session.BatchSize);
        NetworkProfile profile = session.Profile(images.Span, runs, peaks, cancellationToken);
        StreamProfile? stream = session.BatchesInFlight > 1 ? session.ProfileStream(images.Span, cancellationToken) : null;
        return CreateDocument(session, profile, stream);
    }

    private static ProfileDocument CreateDocument(InferenceSession session, NetworkProfile profile, StreamProfile? stream) => new(
        session.Network.Name,
        session.Device.Name,
        AlgorithmOptions.PrecisionOf(session),
        profile.Images,
        session.Threads,
        [
            .. profile.Layers.Select(layer => new LayerProfileDocument(
                layer.Step.Name,
                layer.Step.Op,
                layer.Step.Algorithm,
                layer.Step.Choice,
                [.. layer.Step.OutputShape.Extents],
                [.. layer.Kernels.Select(kernel => new KernelProfileDocument(kernel.Name, kernel.Milliseconds))],
                layer.Milliseconds,
                profile.PercentOfTime(layer),
                layer.GigaFlops,
                layer.GigaFlopsPerSecond,
                layer.GigaBytesPerSecond,
                profile.PercentOfPeak(layer))),
        ],
        profile.UploadMilliseconds,
        profile.ComputeMilliseconds,
        profile.DownloadMilliseconds,
        profile.SumMilliseconds,
        profile.BusyMilliseconds,
        profile.WallMilliseconds,
        profile.ImagesPerSecond,
        stream is null ? null : CreateDocument(stream),
        profile.Peaks?.GigaFlopsPerSecond,
        profile.Peaks?.GigaBytesPerSecond);

    /// <summary>For people.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="tellsChoices">Whether to tell why algorithms were chosen.</param>
    /// <param name="isWithoutChains">Whether layers were kept from being computed as one.</param>
    public static Report CreateReport(ProfileDocument profile, bool tellsChoices = false, bool isWithoutChains = false)
    {
        var report = new Report(
            Column.Words("name", "layer"),
            Column.Words("op", "operation"),
            Column.Words("algorithm", "algorithm"),
            new Column("output_shape", "output C x H x W"),
            new Column("ms", "time", "ms"),
            new Column("percent", "share", "%"),
            new Column("gflop", "GFLOP"),
            new Column("gflops_per_second", "GFLOP/s"),
            new Column("gbytes_per_second", "GB/s"),
            new Column("percent_of_peak", "of peak", "%"));
        foreach (LayerProfileDocument layer in profile.Layers)
        {
            if (layer.Kernels.Length > 1)
            {
                report.Parts.Add(report.Rows.Count, [.. layer.Kernels.Select(kernel => CreatePart(kernel, profile.SumMs))]);
            }

            report.Rows.Add(CreateRow(layer));
        }

        double gflop = profile.Layers.Sum(layer => layer.Gflop);
        double gflopsPerSecond = gflop / profile.SumMs * 1e3;
        report.Total =
        [
            Cell.Of("sum"),
            Cell.Empty,
            Cell.Empty,
            Cell.Empty,
            Cell.Of(profile.SumMs, 3),
            Cell.Of(profile.Layers.Sum(layer => layer.Percent), 1),
            Cell.Significant(gflop),
            Cell.Of(gflopsPerSecond, 1),
            Cell.Empty,
            profile.PeakGflopsPerSecond is { } peak ? Cell.Of(100 * gflopsPerSecond / peak, 1) : Cell.Empty,
        ];
        report.Notes.AddRange(CreateNotes(profile));
        report.Notes.AddRange(profile.Layers.Where(layer => layer.Op == "chain").Select(DescribeChain));
        if (isWithoutChains)
        {
            report.Notes.Add("--no-chains: the layers were computed one by one, and slower than where the device computes several as one.");
        }

        if (tellsChoices)
        {
            report.Notes.AddRange(
                from layer in profile.Layers
                where layer.Choice is not null
                select $"{layer.Name}: {layer.Algorithm}, {layer.Choice}");
        }

        return report;
    }

    private static StreamDocument CreateDocument(StreamProfile stream) => new(
        stream.BatchesInFlight,
        stream.TransfersBatches,
        stream.UploadMilliseconds,
        stream.ComputeMilliseconds,
        stream.DownloadMilliseconds,
        stream.OverlappedMilliseconds,
        stream.WallMilliseconds);

    private static Cell[] CreateRow(LayerProfileDocument layer) =>
    [
        Cell.Of(layer.Name),
        Cell.Of(layer.Op),
        Cell.Of(layer.Algorithm),
        Cell.Of(string.Join(" x ", layer.OutputShape)),
        Cell.Of(layer.Ms, 3),
        Cell.Of(layer.Percent, 1),
        layer.Gflop > 0 ? Cell.Significant(layer.Gflop) : Cell.Empty,
        layer.Gflop > 0 ? Cell.Of(layer.GflopsPerSecond, 1) : Cell.Empty,
        Cell.Of(layer.GbytesPerSecond, 1),
        layer.Gflop > 0 && layer.PercentOfPeak is { } percent ? Cell.Of(percent, 1) : Cell.Empty,
    ];

    /// <summary>One kernel's share of a layer's row.</summary>
    private static Cell[] CreatePart(KernelProfileDocument kernel, double sumMs) =>
    [
        Cell.Of($"  {kernel.Name}"),
        Cell.Empty,
        Cell.Empty,
        Cell.Empty,
        Cell.Of(kernel.Ms, 3),
        Cell.Of(sumMs > 0 ? 100 * kernel.Ms / sumMs : 0, 1),
        Cell.Empty,
        Cell.Empty,
        Cell.Empty,
        Cell.Empty,
    ];

    private static string DescribeChain(LayerProfileDocument chain)
    {
        string[] layers = chain.Name.Split(' ');
        return FormattableString.Invariant(
            $"The chain stands for {layers.Length} layers computed as one ({string.Join(", ", layers)}), which have no times of their own; with --no-chains they are computed one by one, and slower.");
    }

    private static IEnumerable<string> CreateNotes(ProfileDocument profile)
    {
        double gap = profile.WallMs - profile.BusyMs;
        yield return FormattableString.Invariant(
            $"Wall clock: {profile.WallMs:N3} ms for a batch of {profile.Batch:N0} on {(profile.Threads == 1 ? "1 thread" : $"{profile.Threads} threads")}, {profile.ImagesPerSecond:N1} images/s; {gap:N3} ms ({100 * gap / profile.WallMs:N1} %) of it between the layers.");
        yield return FormattableString.Invariant(
            $"Upload {profile.UploadMs:N3} ms, compute {profile.ComputeMs:N3} ms, download {profile.DownloadMs:N3} ms.");
        if (profile.Stream is { } stream)
        {
            string overlap = stream.TransfersBatches
                ? FormattableString.Invariant($"{stream.OverlappedMs:N3} of {stream.UploadMs + stream.DownloadMs:N3} ms of transfers ran while another batch computed")
                : "the device works in the host's memory, so that there are no transfers to run while another batch computes";
            yield return FormattableString.Invariant(
                $"With {stream.BatchesInFlight} batches in flight: {stream.WallMs:N3} ms from one answer to the next; upload {stream.UploadMs:N3} ms, compute {stream.ComputeMs:N3} ms, download {stream.DownloadMs:N3} ms; {overlap}.");
        }

        if (profile is { PeakGflopsPerSecond: { } flops, PeakGbytesPerSecond: { } bytes })
        {
            yield return FormattableString.Invariant(
                $"Measured peaks of these threads: {flops:N1} GFLOP/s in fused multiply-adds, {bytes:N1} GB/s in reading memory.");
        }
    }
}
