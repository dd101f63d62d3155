using Convoy.Cli.Output;

namespace Convoy.Tests.Cli;

[TestFixture]
public sealed class WriterTests
{
    [Test]
    public void Csv_quotes_what_needs_it_and_has_raw_numbers()
    {
        using var writer = new StringWriter();
        CsvWriter.Write(writer, CreateReport());
        Assert.That(writer.ToString(), Is.EqualTo("name,time_ms\nplain,1234.5678\n\"a,\"\"b\"\"\",NaN\n"));
    }

    [Test]
    public void Markdown_aligns_numbers_right_and_escapes_what_would_break_a_row()
    {
        using var writer = new StringWriter();
        Report report = CreateReport();
        report.Rows.Add([Cell.Of("a|b\nc"), Cell.Of(7)]);
        report.Total = [Cell.Of("sum"), Cell.Of(1)];
        report.Notes.Add("That is all.");
        MarkdownWriter.Write(writer, [report]);
        Assert.That(writer.ToString(), Is.EqualTo(
            """
            | name | time, ms |
            | --- | ---: |
            | plain | 1,234.57 |
            | a,"b" | NaN |
            | a\|b c | 7 |
            | **sum** | **1** |

            That is all.

            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void Tables_are_aligned_and_have_no_codes_no_wrapping_and_no_spaces_at_the_ends()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Report report = CreateReport();
        string longName = new('x', 300);
        report.Rows.Add([Cell.Of(longName), Cell.Of(-1.5, 1)]);
        report.Notes.Add("A note.");
        TableWriter.Write(new Terminal(output, error, outputIsTerminal: false, errorIsTerminal: false), [report]);
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(6), "header, rule, three rows, note");
        Assert.That(lines[..5].Where((_, i) => i != 1).Select(line => line.Length), Is.All.EqualTo(lines[0].Length), "numbers end in one column");
        Assert.That(lines[4], Does.Contain(longName).And.EndsWith("-1.5"));
        Assert.That(lines[5], Is.EqualTo("A note."));
        Assert.That(output.ToString(), Does.Not.Contain("\u001b"));
    }

    [Test]
    public void An_error_is_one_line_whatever_a_file_is_called()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        new Terminal(output, error, outputIsTerminal: false, errorIsTerminal: false).Error($"a\nb\u001b[31m {new string('x', 500)}");
        Assert.That(error.ToString(), Is.EqualTo($"convoy: error: a b [31m {new string('x', 500)}\n"));
    }

    [TestCase(0, "0")]
    [TestCase(-1.2345e-12, "-1.23e-12")]
    [TestCase(0.0001234, "0.000123")]
    [TestCase(0.04321, "0.0432")]
    [TestCase(1.2345, "1.23")]
    [TestCase(99.96, "100.0")]
    [TestCase(12345.6, "12,346")]
    [TestCase(double.PositiveInfinity, "Infinity")]
    public void Significant_numbers_keep_three_digits(double value, string expected) =>
        Assert.That(Cell.Significant(value).Text, Is.EqualTo(expected));

    [Test]
    public void Columns_show_each_row_beside_their_headers()
    {
        Report report = new ReportColumns<int>()
            .Words("name", "name", row => row > 1 ? $"row {row}" : null)
            .Count("square", "square", row => row > 1 ? row * row : null)
            .Milliseconds("time_ms", "time", row => row / 8.0)
            .Number("bytes", "size", "KB", row => Cell.Scaled(row * 1500L, 1e3, 1))
            .CreateReport([1, 20]);
        using var csv = new StringWriter();
        CsvWriter.Write(csv, report);
        Assert.That(csv.ToString(), Is.EqualTo("name,square,time_ms,bytes\n,,0.125,1500\nrow 20,400,2.5,30000\n"));
        Assert.That(report.Rows[1].Select(cell => cell.Text), Is.EqualTo(new[] { "row 20", "400", "2.50", "30.0" }));
        Assert.That(report.Columns.Select(column => column.Title), Is.EqualTo(new[] { "name", "square", "time, ms", "size, KB" }));
        Assert.That(report.Columns.Select(column => column.Alignment), Is.EqualTo(new[] { Alignment.Left, Alignment.Right, Alignment.Right, Alignment.Right }));
    }

    private static Report CreateReport()
    {
        var report = new Report(Column.Words("name", "name"), new Column("time_ms", "time", "ms"));
        report.Rows.Add([Cell.Of("plain"), Cell.Of(1234.5678, 2)]);
        report.Rows.Add([Cell.Of("a,\"b\""), Cell.Of(double.NaN, 2)]);
        return report;
    }
}
