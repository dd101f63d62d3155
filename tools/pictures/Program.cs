// Draws pictures for the README: opens a profile's page in headless Chromium, and saves its charts, and a further one of what
// 'peers' measured, as SVG in the colours of both schemes. draw.sh makes what it reads.
using PuppeteerSharp;

// The width at which the page's charts are as wide as GitHub shows a README.
const int Width = 914;

if (args is not [var profilePage, var peersJson, var folder])
{
    Console.Error.WriteLine("Usage: Pictures PROFILE.html PEERS.json FOLDER");
    return 2;
}

string peers = await File.ReadAllTextAsync(peersJson);
string peersScript = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "peers.js"));
(string Name, string Expression)[] pictures =
[
    ("bars", "exportChart(document.querySelector('#bars svg'))"),
    ("roofline", "exportChart(document.querySelector('#roofline svg'))"),
    ("peers", $"exportPeers({peers})"),
];

// Its own sandbox is not to be had for root in a container.
await using IBrowser browser = await Puppeteer.LaunchAsync(new LaunchOptions { ExecutablePath = FindChromium(), Args = ["--no-sandbox"] });
await using IPage page = await browser.NewPageAsync();
await page.SetViewportAsync(new ViewPortOptions { Width = Width, Height = 800 });
Directory.CreateDirectory(folder);
foreach (string scheme in new[] { "light", "dark" })
{
    await page.EmulateMediaFeaturesAsync([new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme }]);
    await page.GoToAsync(new Uri(Path.GetFullPath(profilePage)).AbsoluteUri);
    await page.EvaluateExpressionAsync(peersScript);
    foreach ((string name, string expression) in pictures)
    {
        string file = Path.Combine(folder, $"{name}-{scheme}.svg");
        await File.WriteAllTextAsync(file, await page.EvaluateExpressionAsync<string>(expression));
        Console.WriteLine(file);
    }
}

return 0;

static string FindChromium() =>
    (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "chromium"))
        .FirstOrDefault(File.Exists) ?? throw new FileNotFoundException("chromium is not installed; on Debian: apt-get install chromium.");
