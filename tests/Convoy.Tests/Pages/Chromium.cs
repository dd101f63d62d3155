using PuppeteerSharp;

namespace Convoy.Tests.Pages;

/// <summary>One browser for all tests of pages: started with the first that asks, closed behind the last.</summary>
[SetUpFixture]
internal sealed class Chromium
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private static readonly Lazy<Task<IBrowser>> Browser = new(StartAsync);

    /// <summary>Opens a page as a window shows it. Ignores the running test where there is no browser.</summary>
    public static async Task<OpenPage> OpenAsync(string file, Window window)
    {
        if (Find() is null)
        {
            Assert.Ignore("Skipped: chromium is not installed.");
        }

        return await OpenPage.CreateAsync(await Browser.Value, file, window);
    }

    [OneTimeTearDown]
    public static async Task CloseAsync()
    {
        if (Browser.IsValueCreated)
        {
            await (await Browser.Value).DisposeAsync();
        }

        PageFiles.Remove();
    }

    // Its own sandbox is not to be had for root in a container. The shared memory of one may be too small for it.
    private static Task<IBrowser> StartAsync() => Puppeteer.LaunchAsync(new LaunchOptions
    {
        ExecutablePath = Find(),
        Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    });

    private static string? Find() =>
        (from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
         from name in Names
         let path = Path.Combine(folder, name)
         where File.Exists(path)
         select path).FirstOrDefault();
}
