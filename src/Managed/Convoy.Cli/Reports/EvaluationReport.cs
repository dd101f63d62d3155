using Convoy.Cli.Data;

namespace Convoy.Cli.Reports;

/// <summary>A network's accuracy as a document and as tables: a summary, and which classes were taken for which.</summary>
internal static class EvaluationReport
{
    private static readonly ReportColumns<EvaluationDocument> Columns = new ReportColumns<EvaluationDocument>()
        .Words("model", "model", each => each.Model)
        .Words("device", "device", each => each.Device, Priority.Low)
        .Words("precision", "type", each => each.Precision, Priority.Low)
        .Count("images", "images", each => each.Images, Priority.High)
        .Number("top1", "top-1", "%", each => Cell.Percent(each.Top1), Priority.High)
        .Number("top5", "top-5", "%", each => Cell.Percent(each.Top5), Priority.High)
        .Number("images_per_second", "images/s", "", each => Cell.Significant(each.ImagesPerSecond))
        .Number("seconds", "time", "s", each => Cell.Significant(each.Seconds), Priority.Low)
        .Count("errors", "errors", each => each.Errors, Priority.High);

    /// <summary>What was counted in a time.</summary>
    public static EvaluationDocument CreateDocument(string model, string devices, string precisions, EvaluationTally tally, TimeSpan time) => new(
        model,
        devices,
        precisions,
        tally.Images,
        tally.Top1,
        tally.Top5,
        tally.Images / time.TotalSeconds,
        time.TotalSeconds,
        tally.Errors,
        tally.Confusion,
        tally.Predictions?.ToArray());

    /// <summary>The summary, and the confusion matrix where one is kept.</summary>
    public static IEnumerable<Report> CreateReports(EvaluationDocument document, ClassLabels labels)
    {
        yield return Columns.CreateReport([document]);
        if (document.Confusion is { } confusion)
        {
            yield return CreateConfusion(confusion, labels);
        }
    }

    private static Report CreateConfusion(int[][] confusion, ClassLabels labels)
    {
        string[] names = [.. confusion.Select((_, index) => labels[index] ?? FormattableString.Invariant($"{index}"))];
        var report = new Report(
        [
            Column.Words("class", "class"),
            .. names.Select(name => new Column(name, name)),
            new Column("recall", "right", "%", Priority: Priority.High),
        ])
        {
            Title = "Rows: what the images show; columns: what they were taken for.",
        };
        report.Rows.AddRange(confusion.Select((row, index) => (Cell[])
        [
            Cell.Of(names[index]),
            .. row.Select(count => count == 0 ? new Cell("·", "0") : Cell.Of(count)),
            row.Sum() == 0 ? Cell.Empty : Cell.Percent((double)row[index] / row.Sum()),
        ]));
        return report;
    }
}
