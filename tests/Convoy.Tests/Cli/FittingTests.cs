using Convoy.Cli.Output;

namespace Convoy.Tests.Cli;

/// <summary>What people read fits the terminal that they read it in.</summary>
public sealed class FittingTests
{
    private const string LongName = "/backbone/layer4/layer4.2/conv3/Conv";

    [TestCase(40)]
    [TestCase(80)]
    [TestCase(120)]
    public void A_table_shows_what_fits_and_names_the_rest(int width)
    {
        string[] lines = Write(CreateWideReport(), width);
        string note = string.Join(' ', lines.SkipWhile(line => !line.StartsWith("Not shown", StringComparison.Ordinal)).TakeWhile(line => line != "A note."));
        string[] headers = [.. "alpha beta gamma delta epsilon zeta".Split(' ')];
        Assert.Multiple(() =>
        {
            Assert.That(lines.Select(line => line.Length), Is.All.AtMost(width), string.Join('\n', lines));
            Assert.That(lines[0], Does.StartWith(" name"), "the first column stays");
            Assert.That(note, Does.Contain($"Not shown at a width of {width}: ").And.Contains("--output csv"));
            Assert.That(headers.Where(header => lines[0].Contains(header) == note.Contains(header)), Is.Empty, "each column is shown or named");
            Assert.That(lines.Count(line => line.Contains('─')), Is.EqualTo(2));
            Assert.That(lines.TakeWhile(line => !line.StartsWith("Not", StringComparison.Ordinal)).Count(), Is.EqualTo(6), "no row takes two lines");
            Assert.That(lines[^1], Is.EqualTo("A note."));
        });
    }

    [TestCase(45, 2, "In all rows: device native, threads 2.", "batch speed why")]
    [TestCase(45, 3, "In all rows: device native.", "threads batch speed")]
    [TestCase(80, 2, null, "device threads batch speed why")]
    public void Settings_that_all_rows_have_in_common_are_said_once_where_there_is_no_room(int width, int otherThreads, string? sentence, string headers)
    {
        Report report = new ReportColumns<int>()
            .Words("device", "device", _ => "native", Priority.High).AsSetting()
            .Count("threads", "threads", each => each, Priority.High).AsSetting()
            .Count("batch", "batch", _ => 1, Priority.High)
            .Count("speed", "speed", each => 100 * each)
            .Words("why", "why", _ => new string('y', 20))
            .CreateReport([2, otherThreads]);
        string[] lines = Write(report, width);
        Assert.That(lines[0].StartsWith("In all rows", StringComparison.Ordinal) ? lines[0] : null, Is.EqualTo(sentence));
        Assert.That(lines[sentence is null ? 0 : 1].Split(' ', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(headers.Split(' ')));
    }

    [Test]
    public void Columns_are_shown_by_their_priority_and_then_in_their_order()
    {
        Assert.That(HeadersAt(200), Is.EqualTo("name alpha beta gamma delta epsilon zeta"));
        Assert.That(HeadersAt(120), Is.EqualTo("name alpha beta gamma epsilon zeta"), "delta is low, and wider than what is left");
        Assert.That(HeadersAt(80), Is.EqualTo("name alpha beta zeta"), "the high ones come first, then what fits");
        Assert.That(HeadersAt(10), Is.EqualTo("name"), "the first stays");

        string HeadersAt(int width) => string.Join(' ', Write(CreateWideReport(), width)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Test]
    public void Long_words_are_shortened_in_the_middle_and_numbers_never()
    {
        var report = new Report(Column.Words("name", "name"), new Column("count", "count"), Column.Words("why", "why"));
        report.Rows.Add([Cell.Of(LongName), Cell.Of(123_456_789_012), Cell.Of("because it is so, and for no other reason that anybody knows of")]);
        string row = Write(report, 80)[^1];
        Assert.That(row, Has.Length.AtMost(80));
        Assert.That(row, Does.Contain("/backbone").And.Contains("Conv").And.Contains("…").And.Contains("123,456,789,012").And.Contains("because").And.EndsWith("knows of"));
        Assert.That(Write(report, null)[^1], Does.Contain(LongName), "a pipe has no width");

        using var csv = new StringWriter();
        CsvWriter.Write(csv, report);
        Assert.That(csv.ToString(), Does.Contain(LongName), "programs get all of it");
    }

    [TestCase(false, true)]
    [TestCase(true, false)]
    public void Words_are_not_shortened_for_what_is_of_low_priority(bool isLow, bool isShown)
    {
        var report = new Report(Column.Words("name", "name"), new Column("count", "count", Priority: isLow ? Priority.Low : Priority.Normal));
        report.Rows.Add([Cell.Of(LongName), Cell.Of(1)]);
        string[] lines = Write(report, 40);
        Assert.That((lines[0].Contains("count"), lines[2].Contains('…')), Is.EqualTo((isShown, isShown)));
    }

    [Test]
    public void Sentences_are_wrapped_between_words_and_stand_in_as_far_as_they_began()
    {
        Assert.That(TextFit.Wrap("  one two three", 9), Is.EqualTo(new[] { "  one two", "  three" }));
        Assert.That(TextFit.Wrap("a muchtoolongword b", 5), Is.EqualTo(new[] { "a", "muchtoolongword", "b" }), "paths can be copied");
        Assert.That(TextFit.Wrap("keeps  two  spaces", 80), Is.EqualTo(new[] { "keeps  two  spaces" }));
        Assert.That(TextFit.Wrap("", 10), Is.EqualTo(new[] { "" }));
    }

    [TestCase("short", 10, "short")]
    [TestCase("0123456789", 7, "012…789")]
    [TestCase("0123456789", 2, "0…")]
    [TestCase("0123456789", 1, "…")]
    [TestCase("漢字漢字漢字", 7, "漢…字")]
    public void A_text_is_shortened_by_the_columns_that_it_takes(string text, int width, string expected) =>
        Assert.That(TextFit.Shorten(text, width), Is.EqualTo(expected));

    [TestCase(40)]
    [TestCase(80)]
    public void Entries_have_their_texts_beside_their_heads(int width)
    {
        var report = new Report(Column.Words("what", "what"));
        report.Rows.Add([Cell.Of("a row for programs")]);
        report.Entries.AddRange([new Entry("machine"), new Entry("  memory", string.Join(' ', Enumerable.Repeat("word", 30))), new Entry("  x", "short")]);
        string[] lines = Write(report, width);
        Assert.That(lines[0], Is.EqualTo("machine"));
        Assert.That(lines.Select(line => line.Length), Is.All.AtMost(width));
        Assert.That(lines[1..^1].Select(line => line.IndexOf("word", StringComparison.Ordinal)), Is.All.EqualTo(10));
        Assert.That(lines[^1], Is.EqualTo("  x       short"));
    }

    [Test]
    public void An_error_is_wrapped_for_a_person_and_on_one_line_in_a_log()
    {
        string sentence = string.Join(' ', Enumerable.Repeat("word", 30));
        using var watched = new StringWriter();
        new Terminal(TextWriter.Null, watched, outputIsTerminal: false, errorIsTerminal: true, findErrorWidth: () => 40).Error(sentence);
        Assert.That(watched.ToString().Split('\n').Select(line => line.Length), Is.All.AtMost(40));
        using var log = new StringWriter();
        new Terminal(TextWriter.Null, log, outputIsTerminal: true, errorIsTerminal: false, findWidth: () => 40).Error(sentence);
        Assert.That(log.ToString(), Is.EqualTo($"convoy: error: {sentence}\n"));
    }

    private static string[] Write(Report report, int? width)
    {
        using var output = new StringWriter();
        TableWriter.Write(
            new Terminal(output, TextWriter.Null, outputIsTerminal: false, errorIsTerminal: false, width is { } columns ? () => columns : null), [report]);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A table 154 wide; most is taken by numbers, which are not shortened.</summary>
    private static Report CreateWideReport()
    {
        var report = new Report(
            Column.Words("name", "name"),
            new Column("alpha", "alpha"),
            new Column("beta", "beta", Priority: Priority.High),
            new Column("gamma", "gamma"),
            new Column("delta", "delta", Priority: Priority.Low),
            new Column("epsilon", "epsilon", Priority: Priority.Low),
            new Column("zeta", "zeta", Priority: Priority.High));
        Cell wide = Cell.Of(12_345_678_901_234_567);
        report.Rows.Add([Cell.Of("a"), wide, wide, wide, new Cell(new string('9', 40), ""), Cell.Of(1), wide]);
        report.Rows.Add([Cell.Of("b"), .. Enumerable.Repeat(Cell.Of(2), 6)]);
        report.Total = [Cell.Of("sum"), .. Enumerable.Repeat(Cell.Of(3), 6)];
        report.Notes.Add("A note.");
        return report;
    }
}
