using System.Globalization;
using System.Xml.Linq;
using Convoy.Profiling;

namespace Convoy.Tests.Pages;

/// <summary>What the charts of a profile's page show, read back from their shapes and texts, against the profile.</summary>
internal sealed class ProfileChartTests
{
    private static readonly Window[] Windows = [new(1280), new(390)];

    private static NetworkProfile Profile => PageFiles.LeNet;

    [TestCaseSource(nameof(Windows))]
    public async Task Bars_are_as_long_as_layers_and_phases_take(Window window)
    {
        await using OpenPage page = await OpenAsync(window);
        Bar[][] rows = await page.ReadAsync<Bar[][]>("""
            Array.from(document.querySelectorAll('#bars .mark'), row => Array.from(row.querySelectorAll('rect[data-ms]'), bar => (
              { ms: Number(bar.dataset.ms), x: Number(bar.getAttribute('x')), width: Number(bar.getAttribute('width')) })))
            """);
        Assert.That(rows, Has.Length.EqualTo(Profile.Layers.Length));
        double pixelsPerMs = rows.SelectMany(row => row).MaxBy(bar => bar.Ms)!.Width / rows.SelectMany(row => row).Max(bar => bar.Ms);
        foreach ((int index, LayerProfile layer) in Profile.Layers.Index())
        {
            double[] parts = layer.Phases.Length > 0 ? [.. layer.Phases.Select(phase => phase.Milliseconds)] : [layer.Milliseconds];
            Assert.That(rows[index].Take(parts.Length).Select(bar => bar.Ms), Is.EqualTo(parts), layer.Name);
            double end = rows[index][^1].X + rows[index][^1].Width;
            Assert.That(end - rows[index][0].X, Is.EqualTo(layer.Milliseconds * pixelsPerMs).Within(1 + (0.01 * layer.Milliseconds * pixelsPerMs)), layer.Name);
        }

        string[] names = await page.TextsAsync("#bars .mark .name");
        Assert.That(names, Is.EqualTo(Profile.Layers.Select(layer => layer.Name)));
        string[] texts = await page.ReadAsync<string[]>("Array.from(document.querySelectorAll('#bars .mark'), row => row.textContent)");
        Assert.That(texts.Zip(Profile.Layers), Is.All.Matches<(string Text, LayerProfile Layer)>(row => row.Text.Contains(Time(row.Layer.Milliseconds), StringComparison.Ordinal)));
    }

    [TestCaseSource(nameof(Windows))]
    public async Task Points_of_the_roofline_stand_at_their_intensity_and_speed_below_its_roofs(Window window)
    {
        await using OpenPage page = await OpenAsync(window);
        Axis x = await page.AxisAsync("#roofline", "x", isLogarithmic: true), y = await page.AxisAsync("#roofline", "y", isLogarithmic: true);
        Point[] points = await page.ReadAsync<Point[]>("""
            Array.from(document.querySelectorAll('#roofline .mark'), mark => {
              const place = mark.transform.baseVal[0].matrix;
              return { name: mark.dataset.name, x: place.e, y: place.f };
            })
            """);
        (string Name, WorkProfile Work)[] expected =
        [
            .. from layer in Profile.Layers
               from work in layer.Phases.Length > 1 ? layer.Phases.Select(phase => ($"{layer.Name}: {phase.Name}", (WorkProfile)phase)).Prepend((layer.Name, layer)) : [(layer.Name, layer)]
               where work.Item2.Intensity > 0 && work.Item2.ExecutedGigaFlopsPerSecond > 0
               select work,
        ];
        Assert.That(points.Select(point => point.Name), Is.EqualTo(expected.Select(each => each.Name)));
        Assert.That(expected, Has.Length.GreaterThanOrEqualTo(5));
        foreach ((Point point, WorkProfile work) in points.Zip(expected.Select(each => each.Work)))
        {
            Assert.That(x.ValueAt(point.X), Is.EqualTo(work.Intensity).Within(1).Percent, point.Name);
            Assert.That(y.ValueAt(point.Y), Is.EqualTo(work.ExecutedGigaFlopsPerSecond).Within(1).Percent, point.Name);
        }

        foreach ((string roof, double slope) in new[] { ("memory", Profile.Peaks!.GigaBytesPerSecond), ("cache", Profile.Peaks.CacheGigaBytesPerSecond!.Value) })
        {
            double[] line = await LineAsync(page, roof);
            Assert.That(y.ValueAt(line[1]) / x.ValueAt(line[0]), Is.EqualTo(slope).Within(1).Percent, roof);
            Assert.That(y.ValueAt(line[3]) / x.ValueAt(line[2]), Is.EqualTo(slope).Within(1).Percent, roof);
        }

        double[] level = await LineAsync(page, "fp32");
        Assert.That(new[] { y.ValueAt(level[1]), y.ValueAt(level[3]) }, Is.All.EqualTo(Profile.Peaks!.GigaFlopsPerSecond).Within(1).Percent);
    }

    [Test]
    public async Task The_timeline_shows_what_ran_when_and_can_be_enlarged()
    {
        await using OpenPage page = await OpenAsync(new Window(1280));
        foreach (string zoom in new[] { "1", "5" })
        {
            await page.Page.ClickAsync($"#zoom button:nth-child({zoom})");
            Axis x = await page.AxisAsync("#timeline", "x");
            Bar[] spans = await page.ReadAsync<Bar[]>("""
                Array.from(document.querySelectorAll('#timeline .mark'), mark => {
                  const bar = mark.querySelector('rect');
                  return { ms: Number(mark.dataset.begin), end: Number(mark.dataset.end), x: Number(bar.getAttribute('x')), width: Number(bar.getAttribute('width')) };
                })
                """);
            double pixel = x.ValueAt(1) - x.ValueAt(0);
            Assert.That(spans, Is.Not.Empty);
            Assert.That(spans.Select(span => span.Ms), Is.SubsetOf(Profile.Timeline.Spans.Select(span => span.BeginMicroseconds)));
            Assert.That(spans.Max(span => span.End), Is.EqualTo(Profile.Timeline.Spans.Max(span => span.EndMicroseconds)));
            foreach (Bar span in spans)
            {
                Assert.That(x.ValueAt(span.X), Is.EqualTo(span.Ms).Within(2 * pixel));
                Assert.That(x.ValueAt(span.X + span.Width), Is.EqualTo(span.End).Within(3 * pixel));
            }
        }

        bool[] edges = await page.ReadAsync<bool[]>("[0, 1e6].flatMap(left => { const box = document.getElementById('timeline'); box.scrollLeft = left; box.dispatchEvent(new Event('scroll')); return ['more-left', 'more-right'].map(each => box.classList.contains(each)); })");
        Assert.That(edges, Is.EqualTo(new[] { false, true, true, false }), "it goes on at its beginning, and no more at its end");
        Assert.That(await page.ReadAsync<double>("document.querySelector('#timeline .legend').getBoundingClientRect().left - document.getElementById('timeline').getBoundingClientRect().left"), Is.InRange(0, 20), "the legend stays in sight");
        Assert.That(await page.ReadAsync<bool>("document.getElementById('timeline').scrollWidth > 10 * document.getElementById('timeline').clientWidth"), Is.True);
        Assert.That(await page.TextsAsync("#timeline .lane-labels text"), Is.EqualTo(Profile.Timeline.Tracks.Select(track => track.Name)));
    }

    [Test]
    public async Task Threads_are_shown_as_they_were_busy_stole_and_waited()
    {
        await using OpenPage page = await OpenAsync(new Window(1280));
        ThreadTimes[] all = [.. Profile.Layers.SelectMany(layer => layer.Threads)];
        double[][] expected =
        [
            .. from times in all
               group times by times.Thread into thread
               orderby thread.Key
               select new[] { thread.Sum(each => each.BusyMilliseconds), thread.Sum(each => each.StolenMilliseconds), thread.Sum(each => each.WaitingMilliseconds) },
        ];
        Bar[][] rows = await page.ReadAsync<Bar[][]>("""
            Array.from(document.querySelectorAll('#threads .mark'), row => Array.from(row.querySelectorAll('rect[data-ms]'), bar => (
              { ms: Number(bar.dataset.ms), x: 0, width: Number(bar.getAttribute('width')) })))
            """);
        Assert.That(expected, Has.Length.EqualTo(2));
        Assert.That(rows, Has.Length.EqualTo(2));
        double pixelsPerMs = rows[0].Sum(bar => bar.Width) / expected[0].Sum();
        foreach ((Bar[] row, double[] times) in rows.Zip(expected))
        {
            Assert.That(row.Select(bar => bar.Ms), Is.EqualTo(times).Within(1e-9));
            Assert.That(row.Select(bar => bar.Width), Is.EqualTo(times.Select(each => each * pixelsPerMs)).Within(1));
        }
    }

    [TestCaseSource(nameof(Windows))]
    public async Task The_memory_plan_shows_where_each_buffer_lies_and_when(Window window)
    {
        await using OpenPage page = await OpenAsync(window);
        Axis x = await page.AxisAsync("#memory", "x");
        double[][] boxes = await page.ReadAsync<double[][]>(
            "Array.from(document.querySelectorAll('#memory .mark rect'), box => ['x', 'y', 'width', 'height'].map(each => Number(box.getAttribute(each))))");
        double[] steps = await page.ReadAsync<double[]>("Array.from(document.querySelectorAll('#memory svg > .name'), each => Number(each.getAttribute('y')))");
        Assert.That(steps, Has.Length.EqualTo(Profile.Memory.Steps.Length + 2));
        double pixel = x.ValueAt(1) - x.ValueAt(0);
        Assert.That(boxes, Has.Length.EqualTo(Profile.Memory.Buffers.Length));
        foreach ((double[] box, ArenaBuffer buffer) in boxes.Zip(Profile.Memory.Buffers))
        {
            Assert.That(x.ValueAt(box[0]), Is.EqualTo((double)buffer.Offset).Within(pixel), buffer.Name);
            Assert.That(x.ValueAt(box[0] + box[2]), Is.EqualTo((double)(buffer.Offset + buffer.Bytes)).Within(2 * pixel), buffer.Name);
            int[] within = [.. steps.Index().Where(step => step.Item > box[1] && step.Item < box[1] + box[3]).Select(step => step.Index - 1)];
            Assert.That(within, Is.EqualTo(Enumerable.Range(buffer.FirstStep, buffer.LastStep - buffer.FirstStep + 1)), buffer.Name);
        }

        Assert.That((await page.TextsAsync("#memory-figures dd"))[1], Is.EqualTo(Bytes(Profile.Memory.PackedBytes)));
    }

    [Test]
    public async Task The_table_has_every_layers_figures()
    {
        await using OpenPage page = await OpenAsync(new Window(1280));
        string[][] rows = await page.ReadAsync<string[][]>("Array.from(document.querySelectorAll('#layers tbody tr'), row => Array.from(row.cells, cell => cell.textContent))");
        Assert.That(rows.Select(row => row[0]), Is.EqualTo(Profile.Layers.Select(layer => layer.Name)));
        Assert.That(rows.Select(row => row[4]), Is.EqualTo(Profile.Layers.Select(layer => Time(layer.Milliseconds))));
        Assert.That(rows.Select(row => row[7]), Is.EqualTo(Profile.Layers.Select(layer => layer.Limit is { } limit ? $"{limit.Bound}".ToLowerInvariant() : layer.Milliseconds > 0 ? "unclear" : "–")));
        string[] shadow = await page.ReadAsync<string[]>("""
            (() => {
              const box = document.querySelector('#layers .scroll');
              box.style.width = '300px';
              box.scrollLeft = 50;
              box.dispatchEvent(new Event('scroll'));
              return [getComputedStyle(box.querySelector('tbody th')).boxShadow, getComputedStyle(box.querySelector('table')).borderCollapse];
            })()
            """);
        Assert.That(shadow[0], Is.Not.EqualTo("none"), "the names stand above what is scrolled");
        Assert.That(shadow[1], Is.EqualTo("separate"), "where borders collapse a cell has no shadow");
        Assert.That(await page.TextsAsync("#machine dd"), Has.Some.EqualTo(Profile.MeasuredOn!.Processor));
    }

    [TestCaseSource(nameof(Windows))]
    public async Task The_keyboard_reaches_a_layer_and_opens_its_detail(Window window)
    {
        await using OpenPage page = await OpenAsync(window);
        await TabToAsync(page, "#bars");
        await page.Page.Keyboard.PressAsync("ArrowDown");
        Assert.That(await page.ReadAsync<string>("document.activeElement.getAttribute('aria-label')"), Does.StartWith($"{Profile.Layers[1].Name}; {Time(Profile.Layers[1].Milliseconds)}"));
        Assert.That(await page.ReadAsync<bool>("document.activeElement.matches(':focus-visible') && getComputedStyle(document.activeElement).outlineStyle === 'solid'"), Is.True, "the focus is seen");
        Assert.That(await page.TextsAsync(".tip:not([hidden]) strong"), Is.EqualTo(new[] { Profile.Layers[1].Name }));

        await page.Page.Keyboard.PressAsync("Enter");
        Assert.That(await page.TextsAsync("dialog[open] h2"), Is.EqualTo(new[] { Profile.Layers[1].Name }));
        Assert.That(await page.TextsAsync("dialog[open] .figures dd"), Has.Some.EqualTo(Time(Profile.Layers[1].Milliseconds)));
        Assert.That(await page.ReadAsync<bool>("document.querySelector('dialog').scrollWidth <= document.querySelector('dialog').clientWidth"), Is.True);
        if (Profile.Layers[1].Limit is { } limit)
        {
            Assert.That((await page.TextsAsync("dialog[open] .advice")).Single(), Does.EndWith(limit.Advice));
        }

        await page.Page.Keyboard.PressAsync("Escape");
        Assert.That(await page.TextsAsync("dialog[open]"), Is.Empty);
        Assert.That(await page.ReadAsync<bool>("document.activeElement.matches('#bars .mark')"), Is.True, "the focus is back");
        await TabToAsync(page, "#roofline");
        await page.Page.Keyboard.PressAsync("End");
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.That(await page.TextsAsync("dialog[open] h2"), Has.Length.EqualTo(1));
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_click_opens_a_layers_detail_and_leads_to_its_neighbours()
    {
        await using OpenPage page = await OpenAsync(new Window(390));
        await page.Page.ClickAsync("#layers tbody tr:nth-child(3) button");
        await page.Page.ClickAsync("dialog .neighbours button:last-child");
        Assert.That(await page.TextsAsync("dialog[open] h2"), Is.EqualTo(new[] { Profile.Layers[3].Name }));
        await page.Page.ClickAsync("dialog .close");
        Assert.That(await page.TextsAsync("dialog[open]"), Is.Empty);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_chart_is_exported_as_a_picture_that_needs_nothing_else(bool isDark)
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.All["profile"], new Window(900, isDark));
        string[] pictures = await page.ReadAsync<string[]>("Array.from(document.querySelectorAll('svg.drawing'), exportChart)");
        Assert.That(pictures, Has.Length.EqualTo(5));
        foreach (string picture in pictures)
        {
            XElement root = XDocument.Parse(picture).Root!;
            XNamespace svg = root.GetDefaultNamespace();
            Assert.That(root.Element(svg + "title")!.Value, Is.Not.Empty);
            Assert.That(root.DescendantsAndSelf().Attributes().Select(attribute => attribute.Name.LocalName), Has.None.AnyOf("class", "tabindex", "style"));
            Assert.That(picture, Does.Not.Contain("var(").And.Not.Contain("light-dark("));
            string[] ids = [.. root.Descendants().Attributes("id").Select(id => $"url('#{id.Value}')")];
            Assert.That(root.Descendants().Attributes("fill").Select(fill => fill.Value).Where(fill => fill.StartsWith("url", StringComparison.Ordinal)).Distinct(), Is.SubsetOf(ids));
            Assert.That(root.Descendants(svg + "text").First().Attribute("fill")!.Value, Is.EqualTo(isDark ? "rgb(230, 233, 238)" : "rgb(28, 34, 43)"));
        }
    }

    [Test]
    public async Task A_page_shows_what_it_can_and_says_why_not_more()
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.All["nasty"], new Window(1280));
        Assert.That((await page.TextsAsync("#time-note")).Single(), Does.Contain("the device’s peaks were not measured"));
        Assert.That((await page.TextsAsync("#roofline-note")).Single(), Does.StartWith("There are no roofs"));
        Assert.That(await page.TextsAsync("#roofline .roof"), Is.Empty);
        Assert.That(await page.TextsAsync("#roofline .mark"), Is.Not.Empty);
        Assert.That((await page.TextsAsync("#threads-note")).Single(), Is.Not.Empty);
        Assert.That((await page.TextsAsync("h1")).Single(), Is.EqualTo($"{PageFiles.NastyNames[0]} on native"));
        string shown = PageFiles.NastyNames[4].Replace('\u202e', '\ufffd').Replace('\n', '\ufffd').Replace('\u2028', '\ufffd');
        Assert.That(await page.TextsAsync("#layers tbody th"), Has.Some.EqualTo(shown), "what is not seen stands for itself no more");
        Assert.That(await page.TextsAsync("#summary .warning"), Is.EqualTo(new[]
        {
            $"It was interrupted after {PageFiles.Nasty.Batches} runs; what is measured after them may be missing.",
            $"{PageFiles.Nasty.TimesProblem} Layers were waited for one by one and timed by the host’s clock, which counts the way to the device and back for each.",
            PageFiles.Nasty.PeaksProblem,
            "Other processes, or a virtual machine’s hypervisor, took 10.0 % of the cores meanwhile: too much to rely on the figures.",
        }));
        await using OpenPage bare = await Chromium.OpenAsync(PageFiles.All["bare"], new Window(1280));
        Assert.That(await bare.TextsAsync("#timeline-section"), Is.Empty);
        Assert.That(await bare.TextsAsync("#bars .mark"), Has.Length.EqualTo(1));
        Assert.That(await bare.TextsAsync(".warning"), Is.Empty);
    }

    [Test]
    public async Task A_comparison_is_shown_where_there_is_one()
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.All["nasty"], new Window(1280));
        string[][] rows = await page.ReadAsync<string[][]>("Array.from(document.querySelectorAll('#comparison tbody tr'), row => Array.from(row.cells, cell => cell.textContent))");
        Assert.That(rows, Is.EqualTo(new[]
        {
            new[] { "the batch, wall clock", "2.00 ms", "1.00 ms", "-50.0 %", "± 5.0 %", "faster" },
            [PageFiles.NastyNames[1], "1.00 ms", "1.50 ms", "+50.0 %", "± 7.3 %", "slower"],
            [PageFiles.NastyNames[2], "1.00 ms", "1.00 ms", "0.0 %", "± 5.0 %", "no difference"],
        }));
        Assert.That((await page.TextsAsync("#comparison-note")).Single(), Does.StartWith($"Changed otherwise than most of the time did: {PageFiles.NastyNames[1]}. Only before: x"));
        await using OpenPage without = await OpenAsync(new Window(1280));
        Assert.That(await without.TextsAsync("#comparison-section, a[href='#comparison-section']"), Is.Empty);
    }

    private static Task<OpenPage> OpenAsync(Window window) => Chromium.OpenAsync(PageFiles.All["profile"], window);

    private static async Task TabToAsync(OpenPage page, string box)
    {
        for (int press = 0; press < 40; press++)
        {
            await page.Page.Keyboard.PressAsync("Tab");
            if (await page.ReadAsync<bool>($"document.activeElement.matches('{box} .mark')"))
            {
                return;
            }
        }

        Assert.Fail($"Tab does not reach {box}.");
    }

    private static Task<double[]> LineAsync(OpenPage page, string roof) => page.ReadAsync<double[]>(
        $"['x1', 'y1', 'x2', 'y2'].map(each => Number(document.querySelector('#roofline [data-roof=\"{roof}\"]').getAttribute(each)))");

    /// <summary>Three digits that count, in the unit that reads best.</summary>
    private static string Time(double milliseconds) =>
        milliseconds is > 0 and < 0.1 ? $"{Digits(milliseconds * 1e3)} µs" : $"{Digits(milliseconds)} ms";

    private static string Bytes(long bytes) =>
        bytes >= 1_000_000 ? $"{Digits(bytes / 1e6)} MB" : $"{Digits(bytes / 1e3)} KB";

    private static string Digits(double value)
    {
        // As browsers do, which round the digits that a number is written with: 3.215 to 3.22, though as a double it is less.
        decimal written = decimal.Parse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float, CultureInfo.InvariantCulture);
        decimal rounded = Math.Round(written, BehindPoint(written), MidpointRounding.AwayFromZero);
        return rounded.ToString($"N{BehindPoint(rounded)}", CultureInfo.InvariantCulture);

        static int BehindPoint(decimal value) => value is 0 or >= 100 ? 0 : 2 - (int)Math.Floor(Math.Log10((double)value));
    }

    private sealed record Bar(double Ms, double X, double Width, double End = 0);

    private sealed record Point(string Name, double X, double Y);
}
