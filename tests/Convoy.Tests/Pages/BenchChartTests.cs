namespace Convoy.Tests.Pages;

/// <summary>What the charts of a bench's page show, read back from their shapes, against its JSON.</summary>
internal sealed class BenchChartTests
{
    [TestCase(1280)]
    [TestCase(390)]
    public async Task Throughput_stands_at_its_batch(int width)
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.All["bench"], new Window(width));
        Axis x = await page.AxisAsync("#throughput", "x", isLogarithmic: true), y = await page.AxisAsync("#throughput", "y");
        double[][] expected = [[1, 100], [8, 150], [64, 154], [8, 290], [8, 80]];
        Assert.That(await PointsAsync(page, "#throughput", x, y), Is.EqualTo(expected).AsCollection.Using(new Near()));
        double[] spreads = await page.ReadAsync<double[]>("Array.from(document.querySelectorAll('#throughput .spread'), each => each.getBBox().height)");
        double pixelsPerImage = 1 / Math.Abs(y.ValueAt(1) - y.ValueAt(0));
        Assert.That(spreads, Is.EqualTo(new[] { 9 * pixelsPerImage, 3 * pixelsPerImage }).Within(1));
    }

    [Test]
    public async Task Latencies_have_a_line_a_quantile()
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.All["bench"], new Window(1280));
        Axis x = await page.AxisAsync("#latency-1", "x", isLogarithmic: true), y = await page.AxisAsync("#latency-1", "y", isLogarithmic: true);
        double[][] expected = [[1, 10], [8, 53], [64, 410], [1, 11], [8, 55], [64, 415], [1, 14], [8, 60], [64, 430]];
        Assert.That(await PointsAsync(page, "#latency-1", x, y), Is.EqualTo(expected).AsCollection.Using(new Near()));
    }

    [Test]
    public async Task Threads_have_a_chart_where_there_are_several()
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.All["bench"], new Window(1280));
        Axis x = await page.AxisAsync("#threads", "x"), y = await page.AxisAsync("#threads", "y");
        double[][] expected = [[1, 150], [2, 290]];
        Assert.That(await PointsAsync(page, "#threads", x, y), Is.EqualTo(expected).AsCollection.Using(new Near()));
    }

    [Test]
    public async Task What_is_best_is_named_and_what_is_missing_is_left_out()
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.All["bench"], new Window(1280));
        Assert.That(await page.TextsAsync("h1"), Is.EqualTo(new[] { "<b>net</b>" }));
        Assert.That((await page.TextsAsync("#summary dd"))[0], Is.EqualTo("290native, fp32, 2 threads, batch 8"));
        Assert.That(await page.TextsAsync("#summary .finding"), Is.EqualTo(new[] { "native, fp32, 1 thread: batch 64 is the best (154 images/s), and 8 is the smallest within 5 % of it." }));
        Assert.That((await page.TextsAsync("#summary .note:not(.warning)")).Single(), Does.Contain("interrupted"));
        Assert.That((await page.TextsAsync("#summary .warning")).Single(), Does.StartWith("Other processes took up to 35 % of the cores"));
        string machine = (await page.TextsAsync("#machine")).Single();
        Assert.That(machine, Does.Contain("A processor </script>").And.Contain("convoy bench net").And.Contain("2026-11-29"));
        string[][] rows = await page.ReadAsync<string[][]>("Array.from(document.querySelectorAll('#table tr'), row => Array.from(row.cells, cell => cell.textContent))");
        Assert.That(rows, Has.Length.EqualTo(6));
        Assert.That(rows[0], Does.Contain("images/s").And.Contain("p99, ms").And.Contain("first run, ms"));
        Assert.That(rows[0], Has.None.StartsWith("slice"), "a list has no place in a cell");
        Assert.That(rows[^1][Array.IndexOf(rows[0], "images/s before")], Is.EqualTo("70.0"));
        int latency = Array.IndexOf(rows[0], "p99, ms");
        Assert.That(rows.Skip(1).Select(row => row[latency]), Is.EqualTo(new[] { "14.0", "60.0", "430", "31.0", "–" }));
        await using OpenPage empty = await Chromium.OpenAsync(PageFiles.All["empty bench"], new Window(1280));
        Assert.That((await empty.TextsAsync("#summary")).Single(), Is.EqualTo("No combination has a throughput."));
        Assert.That(await empty.TextsAsync("#throughput-section, #threads-section, #latency-section, #machine-section"), Is.Empty);
    }

    private static async Task<double[][]> PointsAsync(OpenPage page, string chart, Axis x, Axis y)
    {
        double[][] places = await page.ReadAsync<double[][]>(
            $"Array.from(document.querySelectorAll('{chart} .mark'), mark => [mark.transform.baseVal[0].matrix.e, mark.transform.baseVal[0].matrix.f])");
        return [.. places.Select(place => new[] { x.ValueAt(place[0]), y.ValueAt(place[1]) })];
    }

    /// <summary>Numbers read from pixels.</summary>
    private sealed class Near : IEqualityComparer<double>
    {
        public bool Equals(double x, double y) => Math.Abs(x - y) <= 0.01 * Math.Abs(y);

        public int GetHashCode(double obj) => 0;
    }
}
