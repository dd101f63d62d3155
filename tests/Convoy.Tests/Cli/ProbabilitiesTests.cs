using Convoy.ModelFiles;

namespace Convoy.Tests.Cli;

/// <summary><c>convoy classify</c> prints shares of one whole, whatever a model ends in.</summary>
public sealed class ProbabilitiesTests : FolderFixture
{
    /// <summary>What the network's three numbers are before its end, for any image.</summary>
    private static readonly float[] Scores = [1, 3, -2];

    private static readonly double[] Shares = [.. Scores.Select(score => Math.Exp(score) / Scores.Sum(other => Math.Exp(other)))];

    private static IEnumerable<TestCaseData> Ends =>
    [
        End("fc", network => network, true),
        End("sum", network => network.BinaryConstant("end", BinaryOperation.Add, [0]), true),
        End("residual", network => network.Dropout("same", 0.5f).BinaryConstant("nothing", BinaryOperation.Multiply, [0]).Add("end", "fc", "nothing"), true),
        End("log-softmax", network => network.LogSoftmax("end"), true),
        End("another softmax", network => network.BinaryConstant("softmax", BinaryOperation.Add, [0]), true),
        End("pixels", network => network.Unflatten("end", Shape.Image(1, 1, 3)), true),
        End("softmax", network => network.Softmax("end"), false),
        End("a softmax in another shape", network => network.Softmax("soft").Unflatten("image", Shape.Image(3, 1, 1)).Flatten("end"), false),
    ];

    [TestCaseSource(nameof(Ends))]
    public async Task Shares_are_those_of_a_softmax(Func<NetworkBuilder, NetworkBuilder> end, bool isAdded)
    {
        (double[] shares, string error) = await ClassifyAsync(end);
        Assert.That(shares, Is.EqualTo(Shares).Within(1e-5));
        Assert.That(error.Contains("without a softmax", StringComparison.Ordinal), Is.EqualTo(isAdded));
    }

    [Test]
    public async Task A_sigmoid_gives_each_class_a_probability_of_its_own()
    {
        (double[] shares, string error) = await ClassifyAsync(network => network.Sigmoid("end"));
        Assert.That(shares, Is.EqualTo(Scores.Select(score => 1 / (1 + Math.Exp(-score)))).Within(1e-5));
        Assert.That(error, Does.Not.Contain("softmax"));
    }

    [Test]
    public async Task The_model_zoos_digits_end_in_a_sum()
    {
        string model = Path.Combine(SharedData.Require("models/mnist8-cntk-layerwise/mnist"), "model.onnx");
        CliRun run = await CliRun.ConvoyAsync(
            "classify", model, DigitFiles.WriteDigit(Folder, "a.png", 0), "--preset", "mnist", "--top", "10", "--device", "native", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        double[] shares = [.. run.Json[0]!["predictions"]!.AsArray().Select(each => (double)each!["probability"]!)];
        Assert.That(shares, Has.All.InRange(0, 1));
        Assert.That(shares.Sum(), Is.EqualTo(1).Within(1e-5));
    }

    private static TestCaseData End(string name, Func<NetworkBuilder, NetworkBuilder> end, bool isAdded) =>
        new TestCaseData(end, isAdded).SetArgDisplayNames(name);

    private async Task<(double[] Shares, string Error)> ClassifyAsync(Func<NetworkBuilder, NetworkBuilder> end)
    {
        Network network = end(new NetworkBuilder("n", Shape.Image(1, 2, 2)).FullyConnected("fc", 3)).Build();
        string model = Folder.Write("n.json", $$"""{"graph": {{NetworkFile.Describe(network)}}, "preset": "mnist"}""");
        using (var weights = WeightSet.FromTensors("test", [("fc.weight", new Shape(3, 4), new float[12]), ("fc.bias", new Shape(3), Scores)]))
        {
            weights.Save(Folder["w.npz"]);
        }

        CliRun run = await CliRun.ConvoyAsync(
            "classify", model, DigitFiles.WriteDigit(Folder, "a.png", 0), "--weights", Folder["w.npz"], "--device", "reference", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return ([.. run.Json[0]!["predictions"]!.AsArray().OrderBy(each => (int)each!["index"]!).Select(each => (double)each!["probability"]!)], run.Error);
    }
}
