namespace Convoy.Cli.Reports;

/// <summary>The tensors of a weights file, as a document and as a table.</summary>
internal static class WeightsReport
{
    private const int LongestValue = 60;

    private static readonly ReportColumns<StoredTensorDocument> Columns = new ReportColumns<StoredTensorDocument>()
        .Words("tensor", "tensor", each => new Cell(Terminal.OneLine(each.Name), each.Name))
        .Words("type", "type", each => each.Type)
        .Number("shape", "shape", "", each => Cell.Of(string.Join(" x ", each.Shape)), Priority.High)
        .Count("numbers", "numbers", each => each.Numbers)
        .Number("bytes", "size", "MB", each => Cell.Scaled(each.Bytes, 1e6, 3), Priority.Low);

    /// <summary>What a file holds.</summary>
    public static WeightsDocument CreateDocument(WeightSet weights) => new(
        weights.Source,
        weights.Tensors.Sum(tensor => tensor.Shape.Count),
        weights.Metadata,
        [
            .. weights.Tensors.Select(tensor => new StoredTensorDocument(
                tensor.Name, tensor.ElementTypeName, [.. tensor.Shape.Extents], tensor.Shape.Count, tensor.ByteCount)),
        ]);

    /// <summary>A row a tensor, in the order of the file.</summary>
    public static Report Create(WeightsDocument document)
    {
        Report report = Columns.CreateReport(document.Tensors);
        report.Total =
        [
            Cell.Of("total"), Cell.Empty, Cell.Empty, Cell.Of(document.Numbers), Cell.Scaled(document.Tensors.Sum(tensor => tensor.Bytes), 1e6, 3),
        ];
        report.Notes.AddRange(document.Metadata.Select(each => Terminal.OneLine($"{each.Key}: {Shorten(each.Value)}")));
        return report;
    }

    private static string Shorten(string text) => text.Length <= LongestValue ? text : $"{text[..LongestValue]}...";
}
