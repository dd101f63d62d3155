using System.Globalization;

namespace Convoy.Cli.Output;

/// <summary>Writes the answers of <c>classify</c> one by one, as they are ready. Disposing ends the output.</summary>
internal abstract class ClassificationWriter : IDisposable
{
    /// <summary>The writer of a format.</summary>
    public static ClassificationWriter Create(Terminal terminal, OutputFormat format) => format switch
    {
        OutputFormat.Json => new JsonClassifications(terminal.Out),
        OutputFormat.Table => new LineClassifications(terminal.Out),
        _ => new RowClassifications(terminal.Out, format),
    };

    /// <summary>Writes an image's predictions or error.</summary>
    public abstract void Write(ImageDocument image);

    public abstract void Dispose();

    /// <summary>An array of objects.</summary>
    private sealed class JsonClassifications(TextWriter writer) : ClassificationWriter
    {
        private readonly JsonArrayWriter<ImageDocument> _array = new(writer, JsonWriter.Types.ImageDocument);

        public override void Write(ImageDocument image) => _array.Write(image);

        public override void Dispose() => _array.Dispose();
    }

    /// <summary>For people: a line with the path, then one for each prediction. Errors are on the error stream.</summary>
    private sealed class LineClassifications(TextWriter writer) : ClassificationWriter
    {
        public override void Dispose()
        {
            // Lines need no end.
        }

        public override void Write(ImageDocument image)
        {
            if (image.Predictions is not { } predictions)
            {
                return;
            }

            writer.WriteLine(Terminal.OneLine(image.Path));
            foreach (PredictionDocument prediction in predictions)
            {
                string name = prediction.Label is { } label ? $"{Terminal.OneLine(label)} (class {prediction.Index})" : $"class {prediction.Index}";
                string percent = (100.0 * prediction.Probability).ToString("F2", CultureInfo.InvariantCulture);
                writer.WriteLine($"  {percent,6} %  {name}");
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

        private readonly TextWriter _writer;
        private readonly OutputFormat _format;

        public RowClassifications(TextWriter writer, OutputFormat format)
        {
            _writer = writer;
            _format = format;
            if (format == OutputFormat.Csv)
            {
                CsvWriter.WriteHeader(writer, Layout.Columns);
            }
            else
            {
                MarkdownWriter.WriteHeader(writer, Layout.Columns);
            }
        }

        public override void Write(ImageDocument image)
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

        public override void Dispose()
        {
            // Rows need no end.
        }

        private void WriteRow(params Cell[] row)
        {
            if (_format == OutputFormat.Csv)
            {
                CsvWriter.WriteRow(_writer, row);
            }
            else
            {
                MarkdownWriter.WriteRow(_writer, row);
            }
        }
    }
}
