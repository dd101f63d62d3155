using Convoy.Profiling;

namespace Convoy.Cli.Reports;

/// <summary>A profile as a document and as a table.</summary>
internal static class ProfileReport
{
    private static readonly ReportColumns<LayerProfileDocument> Columns = new ReportColumns<LayerProfileDocument>()
        .Words("name", "layer", layer => layer.Name)
        .Words("op", "operation", layer => layer.Op)
        .Words("algorithm", "algorithm", layer => layer.Algorithm)
        .Number("output_shape", "output C x H x W", "", layer => Cell.Of(string.Join(" x ", layer.OutputShape)))
        .Number("ms", "time", "ms", layer => Cell.Of(layer.Ms, 3))
        .Number("percent", "share", "%", layer => Cell.Of(layer.Percent, 1))
        .Number("gflop", "GFLOP", "", layer => layer.Gflop > 0 ? Cell.Significant(layer.Gflop) : Cell.Empty)
        .Number("gflops_per_second", "GFLOP/s", "", layer => layer.Gflop > 0 ? Cell.Of(layer.GflopsPerSecond, 1) : Cell.Empty)
        .Number("gbytes_per_second", "GB/s", "", layer => Cell.Of(layer.GbytesPerSecond, 1))
        .Number("percent_of_peak", "of peak", "%", layer => layer is { Gflop: > 0, PercentOfPeak: { } percent } ? Cell.Of(percent, 1) : Cell.Empty);

    // What a line that is no layer's has in the columns from operation to output, and from GFLOP on.
    private static readonly Cell[] NoWords = [Cell.Empty, Cell.Empty, Cell.Empty];
    private static readonly Cell[] NoRates = [Cell.Empty, Cell.Empty, Cell.Empty, Cell.Empty];

    /// <summary>What was measured of a session.</summary>
    public static ProfileDocument CreateDocument(InferenceSession session, ProfileRun run) => CreateDocument(session, run.Network, run.Stream);

    private static ProfileDocument CreateDocument(InferenceSession session, NetworkProfile profile, StreamProfile? stream) => new(
        session.Network.Name,
        session.Device.Name,
        session.Precision,
        profile.Images,
        session.Threads,
        [
            .. profile.Layers.Select(layer => new LayerProfileDocument(
                layer.Step.Name,
                [.. layer.Step.Layers],
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
    /// <param name="showsChoices">Whether to say why algorithms were chosen.</param>
    /// <param name="isWithoutChains">Whether layers were kept from being computed as one.</param>
    public static Report CreateReport(ProfileDocument profile, bool showsChoices = false, bool isWithoutChains = false)
    {
        Report report = Columns.CreateReport(profile.Layers);
        foreach ((int row, LayerProfileDocument layer) in profile.Layers.Index())
        {
            if (layer.Kernels.Length > 1)
            {
                report.Parts.Add(row, [.. layer.Kernels.Select(kernel => CreatePart(kernel, profile.SumMs))]);
            }
        }

        double gflop = profile.Layers.Sum(layer => layer.Gflop);
        double gflopsPerSecond = gflop / profile.SumMs * 1e3;
        report.Total =
        [
            Cell.Of("sum"),
            .. NoWords,
            Cell.Of(profile.SumMs, 3),
            Cell.Of(profile.Layers.Sum(layer => layer.Percent), 1),
            Cell.Significant(gflop),
            Cell.Of(gflopsPerSecond, 1),
            Cell.Empty,
            profile.PeakGflopsPerSecond is { } peak ? Cell.Of(100 * gflopsPerSecond / peak, 1) : Cell.Empty,
        ];
        report.Notes.AddRange(CreateNotes(profile));
        report.Notes.AddRange(profile.Layers.Where(layer => layer.Op == StepInfo.Chain).Select(DescribeChain));
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

    private static StreamDocument CreateDocument(StreamProfile stream) => new(
        stream.BatchesInFlight,
        stream.TransfersBatches,
        stream.UploadMilliseconds,
        stream.ComputeMilliseconds,
        stream.DownloadMilliseconds,
        stream.OverlappedMilliseconds,
        stream.WallMilliseconds);

    /// <summary>One kernel's share of a layer's row.</summary>
    private static Cell[] CreatePart(KernelProfileDocument kernel, double sumMs) =>
    [
        Cell.Of($"  {kernel.Name}"),
        .. NoWords,
        Cell.Of(kernel.Ms, 3),
        Cell.Of(sumMs > 0 ? 100 * kernel.Ms / sumMs : 0, 1),
        .. NoRates,
    ];

    private static string DescribeChain(LayerProfileDocument chain) => FormattableString.Invariant(
        $"The chain stands for {chain.Layers.Length} layers computed as one ({string.Join(", ", chain.Layers)}), which have no times of their own; with --no-chains they are computed one by one, and slower.");

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
                $"With {stream.BatchesInFlight} batches in flight: {stream.WallMs:N3} ms from one batch to the next; upload {stream.UploadMs:N3} ms, compute {stream.ComputeMs:N3} ms, download {stream.DownloadMs:N3} ms; {overlap}.");
        }

        if (profile is { PeakGflopsPerSecond: { } flops, PeakGbytesPerSecond: { } bytes })
        {
            yield return FormattableString.Invariant(
                $"Measured peaks of these threads: {flops:N1} GFLOP/s in fused multiply-adds, {bytes:N1} GB/s in reading memory.");
        }
    }
}
