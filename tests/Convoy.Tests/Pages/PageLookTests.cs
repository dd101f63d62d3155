using System.Globalization;
using System.Text.RegularExpressions;

namespace Convoy.Tests.Pages;

/// <summary>Every page in every window: it fits, enlarged to twice its size too, complains of nothing, can be read, and runs nothing that a name says.</summary>
internal sealed partial class PageLookTests
{
    private static IEnumerable<TestCaseData> Cases =>
        from window in Window.All
        from name in PageFiles.All.Keys
        select new TestCaseData(name, window);

    [TestCaseSource(nameof(Cases))]
    public async Task A_page_fits_its_window_and_complains_of_nothing(string name, Window window)
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.All[name], window);
        await AssertFitsAsync(page);
        await page.SetSizeAsync(window with { Zoom = 2 });
        await AssertFitsAsync(page);
        Assert.That(await page.TextsAsync("main > section h2"), Has.Length.GreaterThanOrEqualTo(2));
        Assert.That(await page.ReadAsync<bool>("'hit' in window"), Is.False, "a name was run");
        Assert.That(await page.ReadAsync<int>("document.querySelectorAll('img, main script, main b').length"), Is.Zero, "a name is markup");
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task What_bounds_the_layers_is_seen_without_scrolling()
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.All["profile"], new Window(1280));
        const string HeadsSeen = """
            Array.from(document.querySelectorAll('#layers th[scope=col]')).filter(head =>
              head.getBoundingClientRect().right <= document.querySelector('#layers .scroll').getBoundingClientRect().right).map(head => head.textContent)
            """;
        Assert.That(await page.ReadAsync<string[]>(HeadsSeen), Does.Contain("bound by").And.Contain("time").And.Contain("share"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Colours_have_contrast_in_both_schemes(bool isDark)
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.All["profile"], new Window(1280, isDark));
        double ground = LuminanceOf(await ColourAsync(page, "getComputedStyle(document.body).backgroundColor"));
        Assert.That(ground, isDark ? Is.LessThan(0.1) : Is.GreaterThan(0.8), "the scheme asked for");
        string[] texts = ["ink", "muted", "accent"];
        string[] drawn = ["arithmetic", "memory", "cache", "launch", "waiting", "unknown", "busy", "stolen", "map"];
        foreach (string back in new[] { "ground", "panel", "hover" })
        {
            foreach (string text in texts)
            {
                Assert.That(await ContrastAsync(page, text, back), Is.GreaterThanOrEqualTo(4.5), $"{text} on {back}");
            }
        }

        foreach (string colour in drawn)
        {
            Assert.That(await ContrastAsync(page, colour, "panel"), Is.GreaterThanOrEqualTo(3), colour);
            Assert.That(await ContrastAsync(page, "on-bar", colour), Is.GreaterThanOrEqualTo(4.5), $"text on {colour}");
        }
    }

    [TestCase("profile")]
    [TestCase("bench")]
    public async Task A_screen_reader_finds_its_way(string name)
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.All[name], new Window(1280));
        Assert.That(await page.ReadAsync<string[]>("['main', 'header', 'nav[aria-label]', 'h1', 'html[lang]'].filter(each => document.querySelectorAll(each).length !== 1)"), Is.Empty);
        Assert.That(
            await page.ReadAsync<int>("Array.from(document.querySelectorAll('svg.drawing, .mark, figure, section, .scroll')).filter(each => !each.getAttribute('aria-label') && !each.getAttribute('aria-labelledby')).length"),
            Is.Zero, "all have names");
        Assert.That(await page.ReadAsync<string[]>("Array.from(document.querySelectorAll('[aria-labelledby]'), each => each.getAttribute('aria-labelledby')).filter(id => !document.getElementById(id))"), Is.Empty);
        Assert.That(await page.ReadAsync<string[]>("Array.from(document.querySelectorAll('nav a, a.skip'), each => each.getAttribute('href')).filter(each => !document.querySelector(each))"), Is.Empty);
        Assert.That(await page.ReadAsync<int[]>("Array.from(document.querySelectorAll('svg.drawing'), each => each.querySelectorAll('[tabindex=\"0\"]').length)"), Is.All.EqualTo(1), "a stop a chart");
    }

    /// <summary>Nothing of the page is out of the window, and no text out of its chart.</summary>
    private static async Task AssertFitsAsync(OpenPage page)
    {
        int[] widths = await page.ReadAsync<int[]>("[document.documentElement.scrollWidth, document.documentElement.clientWidth]");
        Assert.That(widths[0], Is.LessThanOrEqualTo(widths[1]), "the page's width");
        const string Outside = """
            Array.from(document.querySelectorAll('svg.drawing text')).filter(text => {
              const [box, chart] = [text.getBoundingClientRect(), text.closest('svg').getBoundingClientRect()];
              return box.width > 0 && (box.left < chart.left - 2 || box.right > chart.right + 2 || box.top < chart.top - 2 || box.bottom > chart.bottom + 2);
            }).map(text => `${text.closest('svg').getAttribute('aria-label')}: ${text.textContent}`)
            """;
        Assert.That(await page.ReadAsync<string[]>(Outside), Is.Empty, "texts out of their charts");
    }

    private static async Task<double> ContrastAsync(OpenPage page, string one, string other)
    {
        double[] both = [LuminanceOf(await VariableAsync(page, one)), LuminanceOf(await VariableAsync(page, other))];
        return (both.Max() + 0.05) / (both.Min() + 0.05);
    }

    private static Task<double[]> VariableAsync(OpenPage page, string name) => ColourAsync(
        page, $"(() => {{ const probe = document.createElement('i'); document.body.append(probe); probe.style.color = 'var(--{name})'; return getComputedStyle(probe).color; }})()");

    private static async Task<double[]> ColourAsync(OpenPage page, string expression)
    {
        string colour = await page.ReadAsync<string>(expression);
        return [.. Numbers().Matches(colour).Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture))];
    }

    /// <summary>Relative luminance as WCAG 2 defines it.</summary>
    private static double LuminanceOf(double[] colour)
    {
        double[] linear = [.. colour.Take(3).Select(each => each / 255).Select(each => each <= 0.04045 ? each / 12.92 : Math.Pow((each + 0.055) / 1.055, 2.4))];
        return (0.2126 * linear[0]) + (0.7152 * linear[1]) + (0.0722 * linear[2]);
    }

    [GeneratedRegex(@"[\d.]+")]
    private static partial Regex Numbers();
}
