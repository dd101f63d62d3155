using System.Globalization;

namespace Convoy.Cli.Reports;

/// <summary>Writes the results of <c>classify</c> one by one, as they are ready. Disposing ends the output.</summary>
internal abstract class ClassificationWriter(TextWriter output) : IDisposable
{
    protected TextWriter Output => output;

    /// <summary>The writer of a format.</summary>
    public static ClassificationWriter Create(TextWriter output, OutputFormat format) => format switch
    {
        OutputFormat.Json => new JsonClassifications(output),
        OutputFormat.Table => new LineClassifications(output),
        OutputFormat.Csv => new RowClassifications(output, CsvWriter.WriteHeader, CsvWriter.WriteRow),
        OutputFormat.Markdown => new RowClassifications(output, MarkdownWriter.WriteHeader, MarkdownWriter.WriteRow),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such output format."),
    };

    /// <summary>Writes an image's predictions or error, at once: whoever reads a pipe gets them as they are ready.</summary>
    public void Write(ImageDocument image)
    {
        WriteImage(image);
        output.Flush();
    }

    public void Dispose() => WriteEnd();

    protected abstract void WriteImage(ImageDocument image);

    protected virtual void WriteEnd()
    {
    }

    /// <summary>An array of objects, one a line.</summary>
    private sealed class JsonClassifications(TextWriter output) : ClassificationWriter(output)
    {
        private readonly JsonArrayWriter<ImageDocument> _array = new(output, JsonTypes.OneLine.ImageDocument);

        protected override void WriteImage(ImageDocument image) => _array.Write(image);

        protected override void WriteEnd() => _array.Dispose();
    }

    /// <summary>For people: a line with the path, then one for each prediction. Errors are on the error stream.</summary>
    private sealed class LineClassifications(TextWriter output) : ClassificationWriter(output)
    {
        protected override void WriteImage(ImageDocument image)
        {
            if (image.Predictions is not { } predictions)
            {
                return;
            }

            Output.WriteLine(Terminal.OneLine(image.Path));
            foreach (PredictionDocument prediction in predictions)
            {
                string name = prediction.Label is { } label ? $"{Terminal.OneLine(label)} (class {prediction.Index})" : $"class {prediction.Index}";
                string percent = (100.0 * prediction.Probability).ToString("F2", CultureInfo.InvariantCulture);
                Output.WriteLine($"  {percent,6} %  {name}");
            }
        }
    }

    /// <summary>A row for each prediction, or for the error.</summary>
    private sealed class RowClassifications : ClassificationWriter
    {
        private static readonly Report Layout = new(
            Column.Words("path", "image"),
            new Column("rank", "rank"),
            new Column("index", "class"),
            Column.Words("label", "label"),
            new Column("probability", "probability"),
            Column.Words("error", "error"));

        private readonly Action<TextWriter, IEnumerable<Cell>> _writeRow;

        public RowClassifications(
            TextWriter output, Action<TextWriter, IEnumerable<Column>> writeHeader, Action<TextWriter, IEnumerable<Cell>> writeRow)
            : base(output)
        {
            _writeRow = writeRow;
            writeHeader(output, Layout.Columns);
        }

        protected override void WriteImage(ImageDocument image)
        {
            if (image.Error is { } error)
            {
                WriteRow(Cell.Of(image.Path), Cell.Empty, Cell.Empty, Cell.Empty, Cell.Empty, Cell.Of(error));
            }

            foreach ((int rank, PredictionDocument prediction) in (image.Predictions ?? []).Index())
            {
                WriteRow(
                    Cell.Of(image.Path),
                    Cell.Of(rank + 1),
                    Cell.Of(prediction.Index),
                    Cell.Of(prediction.Label),
                    Cell.Probability(prediction.Probability),
                    Cell.Empty);
            }
        }

        private void WriteRow(params Cell[] row) => _writeRow(Output, row);
    }
}
