namespace Convoy.Tests.Pages;

/// <summary>What helps with reading a page: signs that a table goes on, names on the roofline, and the words' meanings.</summary>
internal sealed class PageReadingTests
{
    // Another text is on a text where their boxes share more than their letters' margins.
    private const string Overlaps = """
        (() => {
          const texts = Array.from(document.querySelectorAll('#roofline .label text, #roofline .label-list text, #roofline .tick'), each => [each.textContent, each.getBoundingClientRect()]);
          return texts.flatMap(([one, a], index) => texts.slice(index + 1)
            .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
            .map(([other]) => `${one} on ${other}`));
        })()
        """;

    [TestCase("profile", "#layers .scroll", false)]
    [TestCase("bench", "#table .scroll", true)]
    public async Task A_table_shows_at_its_sides_that_there_is_more(string name, string box, bool isDark)
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.All[name], new Window(390, isDark));
        string edges = $"document.querySelector('{box}')";
        Assert.That(await EdgesAsync(page, edges), Is.EqualTo(new[] { "right" }));
        Assert.That(await page.ReadAsync<string>($"getComputedStyle({edges}).boxShadow"), Does.Contain("inset"));
        await page.ReadAsync<int>($"({edges}.scrollLeft = 40)");
        Assert.That(await EdgesAsync(page, edges), Is.EqualTo(new[] { "left", "right" }));
        Assert.That(await page.ReadAsync<double>($"{edges}.querySelector('tbody th').getBoundingClientRect().left - {edges}.getBoundingClientRect().left"), Is.Zero.Within(1), "the first column stays");
        await page.ReadAsync<int>($"({edges}.scrollLeft = 100000)");
        Assert.That(await EdgesAsync(page, edges), Is.EqualTo(new[] { "left" }));
        await page.ReadAsync<bool>($"({edges}.focus(), true)");
        Assert.That(await page.ReadAsync<bool>($"document.activeElement === {edges} && {edges}.getAttribute('role') === 'region' && {edges}.getAttribute('aria-label') !== ''"), Is.True);
        Assert.That(page.Complaints, Is.Empty);
    }

    [TestCase(1280, false)]
    [TestCase(390, true)]
    public async Task Every_layer_on_a_crowded_roofline_can_be_told_and_no_name_lies_on_another(int width, bool isDark)
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.CrowdedPage, new Window(width, isDark));
        string[] labels = await page.TextsAsync("#roofline .label text");
        string list = string.Join(' ', await page.TextsAsync("#roofline .label-list text"));
        string[] told = [.. labels.Where(label => !int.TryParse(label, out _)).Concat(list.Split(' ').Where(word => !word.EndsWith(':')).Select(word => word.TrimEnd(',')))];
        Assert.That(told, Is.EquivalentTo(PageFiles.Crowded.Layers.Select(layer => layer.Name)));
        Assert.That(list.Split(' ').Where(word => word.EndsWith(':')).Select(word => word.TrimEnd(':')), Is.EquivalentTo(labels.Where(label => int.TryParse(label, out _))), "each number of the list stands in the picture");
        Assert.That(await page.ReadAsync<string[]>(Overlaps), Is.Empty);
        Assert.That(await page.ReadAsync<bool>("document.getElementById('bars').scrollHeight > document.getElementById('bars').clientHeight"), Is.True, "many layers scroll in a box");
        Assert.That(await page.ReadAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), Is.True);
        Assert.That(page.Complaints, Is.Empty);
    }

    [Test]
    public async Task What_nothing_explains_is_unclear_wherever_it_is_said()
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.CrowdedPage, new Window(1280));
        Assert.That(await page.TextsAsync("#bars .legend text, #roofline .legend text"), Is.All.EqualTo("unclear").And.Exactly(2).Items);
        Assert.That(await page.TextsAsync("#layers tbody td:nth-child(8)"), Is.All.EqualTo("unclear").And.Exactly(60).Items);
        Assert.That(await page.TextsAsync("#summary .advices li"), Is.All.Contains("unclear: neither multiply-adds").And.Exactly(3).Items);
        Assert.That(string.Join(' ', await page.TextsAsync("main")), Does.Not.Contain("not known"));
    }

    [TestCase("profile", "effective", "executed", "arithmetic intensity", "roof", "bound by arithmetic", "bound by waiting", "stolen", "arena")]
    [TestCase("bench", "latency", "p50, p90, p99", "in flight", "effective", "executed", "other processes")]
    public async Task The_words_are_explained(string name, params string[] words)
    {
        await using OpenPage page = await Chromium.OpenAsync(PageFiles.All[name], new Window(390));
        Assert.That(await page.TextsAsync("nav a[href='#words-section']"), Has.Length.EqualTo(1));
        await page.Page.ClickAsync("#words-section summary");
        Assert.That(await page.TextsAsync("#words-section dt"), Is.SupersetOf(words));
        Assert.That(await page.ReadAsync<bool>("Array.from(document.querySelectorAll('#words-section dd')).every(each => each.getBoundingClientRect().height > 0)"), Is.True);
        Assert.That(await page.ReadAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), Is.True);
    }

    /// <summary>The sides that are marked, once what scrolled has been heard of.</summary>
    private static async Task<string[]> EdgesAsync(OpenPage page, string box)
    {
        await page.Page.EvaluateExpressionAsync("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 20))))");
        return await page.ReadAsync<string[]>($"['left', 'right'].filter(side => {box}.classList.contains(`more-${{side}}`))");
    }
}
