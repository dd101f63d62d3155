namespace Convoy.Cli.Reports;

/// <summary>A model's outputs as a table.</summary>
internal static class RunReport
{
    private static readonly ReportColumns<TensorDocument> Columns = new ReportColumns<TensorDocument>()
        .Words("output", "output", each => each.Output)
        .Number("shape", "shape", "", each => Cell.Of(string.Join(" x ", each.Shape)))
        .Number("min", "min", "", each => Cell.Significant(each.Min))
        .Number("mean", "mean", "", each => Cell.Significant(each.Mean))
        .Number("max", "max", "", each => Cell.Significant(each.Max));

    /// <summary>A row an output.</summary>
    public static Report Create(IEnumerable<TensorDocument> outputs) => Columns.CreateReport(outputs);
}
