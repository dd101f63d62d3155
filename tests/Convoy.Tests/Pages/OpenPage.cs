using System.Text.Json;
using PuppeteerSharp;

namespace Convoy.Tests.Pages;

/// <summary>A page that a browser shows, and what it complained of meanwhile.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private const int Height = 800;

    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly List<string> _complaints = [];

    private OpenPage(IPage page)
    {
        Page = page;
        page.Console += (_, message) => _complaints.Add($"{message.Message.Type}: {message.Message.Text}");
        page.PageError += (_, error) => _complaints.Add(error.Message);
        page.RequestFailed += (_, request) => _complaints.Add($"asked for {request.Request.Url}");
        page.Dialog += (_, dialog) => _complaints.Add($"opened a dialog: {dialog.Dialog.Message}");
    }

    public IPage Page { get; }

    /// <summary>What was printed to the console, thrown, or asked for from elsewhere.</summary>
    public IReadOnlyList<string> Complaints => _complaints;

    public static async Task<OpenPage> CreateAsync(IBrowser browser, string file, Window window)
    {
        var opened = new OpenPage(await browser.NewPageAsync());
        await opened.SetViewportAsync(window);
        await opened.Page.EmulateMediaFeaturesAsync(
            [new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = window.IsDark ? "dark" : "light" }]);
        await opened.Page.GoToAsync(new Uri(file).AbsoluteUri);
        return opened;
    }

    /// <summary>Gives an open page a window's size and enlargement, as its reader does, and waits until it is drawn anew.</summary>
    public async Task SetSizeAsync(Window window)
    {
        await SetViewportAsync(window);
        await Page.EvaluateExpressionAsync("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn))))");
    }

    /// <summary>What an expression of the page's JavaScript is.</summary>
    public async Task<T> ReadAsync<T>(string expression)
    {
        string text = await Page.EvaluateExpressionAsync<string>($"JSON.stringify({expression})");
        return JsonSerializer.Deserialize<T>(text, SnakeCase)!;
    }

    /// <summary>The text of all elements that a selector finds.</summary>
    public Task<string[]> TextsAsync(string selector) =>
        ReadAsync<string[]>($"Array.from(document.querySelectorAll({JsonSerializer.Serialize(selector)}), each => each.textContent)");

    /// <summary>Reads an axis of a chart back from its ticks.</summary>
    public async Task<Axis> AxisAsync(string chart, string axis, bool isLogarithmic = false)
    {
        double[][] ticks = await ReadAsync<double[][]>(
            $"Array.from(document.querySelectorAll('{chart} .tick[data-axis={axis}]'), each => [Number(each.dataset.value), Number(each.getAttribute('{axis}'))])");
        return new Axis(ticks[0], ticks[^1], isLogarithmic);
    }

    public async ValueTask DisposeAsync() => await Page.DisposeAsync();

    private Task SetViewportAsync(Window window) => Page.SetViewportAsync(new ViewPortOptions
    {
        Width = (int)(window.Width / window.Zoom),
        Height = (int)(Height / window.Zoom),
        DeviceScaleFactor = window.Zoom,
    });
}

/// <summary>What a place on a chart stands for, by two of the axis' ticks: each a value and its place in pixels.</summary>
internal sealed record Axis(double[] First, double[] Last, bool IsLogarithmic)
{
    public double ValueAt(double pixels)
    {
        double share = (pixels - First[1]) / (Last[1] - First[1]);
        return IsLogarithmic ? First[0] * Math.Pow(Last[0] / First[0], share) : First[0] + (share * (Last[0] - First[0]));
    }
}
