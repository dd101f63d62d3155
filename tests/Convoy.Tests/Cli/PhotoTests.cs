using System.Text.Json.Nodes;

namespace Convoy.Tests.Cli;

/// <summary>Real photos through AlexNet with weights of <c>convoy init</c>.</summary>
public sealed class PhotoTests
{
    private TemporaryFolder _folder = null!;
    private string _weights = null!;

    [OneTimeSetUp]
    public async Task WriteWeights()
    {
        _folder = new TemporaryFolder();
        _weights = _folder["a.safetensors"];
        CliRun run = await CliRun.ConvoyAsync("init", "alexnet", _weights, "--seed", "1");
        Assert.That(run.ExitCode, Is.Zero);
    }

    [OneTimeTearDown]
    public void DeleteWeights() => _folder.Dispose();

    [Test]
    public async Task A_hundred_photos_get_a_hundred_results()
    {
        CliRun run = await ClassifyAsync("native", SharedData.Require("photos"));
        Assert.That(run.ExitCode, Is.Zero);
        JsonArray results = run.Json.AsArray();
        Assert.That(results, Has.Count.EqualTo(100));
        Assert.That(results.Select(result => result!["error"]), Is.All.Null);
        Assert.That(results.Select(result => result!["predictions"]!.AsArray().Count), Is.All.EqualTo(5));
    }

    [Test]
    public async Task Photos_get_the_oracles_probabilities()
    {
        string[] photos = [.. Directory.GetFiles(SharedData.Require("photos"), "*.JPEG").Order(StringComparer.Ordinal).Take(2)];
        double[] expected = await ProbabilitiesAsync("reference", photos);
        foreach (string device in Device.All.Where(each => each.IsAvailable && each.Name != "reference").Select(each => each.Name))
        {
            Assert.That(await ProbabilitiesAsync(device, photos), Is.EqualTo(expected).Within(1e-4), device);
        }
    }

    private async Task<double[]> ProbabilitiesAsync(string device, string[] photos)
    {
        CliRun run = await ClassifyAsync(device, [.. photos, "--top", "1000"]);
        Assert.That(run.ExitCode, Is.Zero);
        return
        [
            .. run.Json.AsArray().SelectMany(result => result!["predictions"]!.AsArray()
                .OrderBy(prediction => (int)prediction!["index"]!)
                .Select(prediction => (double)prediction!["probability"]!)),
        ];
    }

    private Task<CliRun> ClassifyAsync(string device, params string[] arguments) =>
        CliRun.ConvoyAsync(["classify", "alexnet", "--weights", _weights, "--device", device, "--output", "json", .. arguments]);
}
