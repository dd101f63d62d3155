using Convoy.Tests.Imaging;

namespace Convoy.Tests.Cli;

/// <summary>Digits that are dark on light, or whose rows and columns are exchanged as EMNIST's are.</summary>
public sealed class TurnedDigitsTests : FolderFixture
{
    private const int Count = 200;

    [Test]
    public async Task Inverted_and_transposed_digits_are_read_as_well_as_the_others([Values] bool invert, [Values] bool transpose, [Values] bool idx)
    {
        Write("as-they-are", idx, invert: false, transpose: false);
        Write("turned", idx, invert, transpose);
        CliRun plain = await EvaluateAsync("as-they-are");
        CliRun turned = await EvaluateAsync("turned", Options(invert, transpose));
        Assert.That((double)plain.Json["top1"]!, Is.GreaterThan(0.97));
        Assert.That(turned.Json["predictions"]!.ToJsonString(), Is.EqualTo(plain.Json["predictions"]!.ToJsonString()));
        Assert.That(turned.Error, Is.Empty);
    }

    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(true, true)]
    public async Task Accuracy_at_chance_hints_at_invert_and_transpose(bool invert, bool transpose)
    {
        Write("turned", idx: true, invert, transpose);
        CliRun run = await EvaluateAsync("turned");
        Assert.That((double)run.Json["top1"]!, Is.LessThan(0.25));
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("--invert").And.One.Contains("--transpose"));
    }

    [Test]
    public async Task Chance_is_expected_of_random_weights_and_of_few_images_nothing_is()
    {
        Write("turned", idx: true, invert: true, transpose: true);
        CliRun random = await EvaluateAsync("turned", "--seed", "3");
        CliRun few = await EvaluateAsync("turned", "--limit", "99");
        Assert.That(random.Error, Does.Not.Contain("--invert"));
        Assert.That(few.Error, Is.Empty);
    }

    [Test]
    public async Task Classify_takes_them_too([Values] bool invert, [Values] bool transpose)
    {
        string[] plain = [.. Enumerable.Range(0, 10).Select(i => Folder.WriteDigit($"plain/{i}.png", i))];
        string[] turned =
            [.. Enumerable.Range(0, 10).Select(i => Folder.WriteGrey($"turned/{i}.png", DigitFiles.Spoil(DigitFiles.PixelsOf(i), invert, transpose)))];
        CliRun expected = await CliRun.ConvoyAsync(["classify", "lenet5", "--output", "json", .. plain]);
        CliRun run = await CliRun.ConvoyAsync(["classify", "lenet5", "--output", "json", .. turned, .. Options(invert, transpose)]);
        Assert.That(run.Out.Replace(Folder["turned"], Folder["plain"]), Is.EqualTo(expected.Out));
    }

    private static string[] Options(bool invert, bool transpose) => [.. invert ? ["--invert"] : Array.Empty<string>(), .. transpose ? ["--transpose"] : Array.Empty<string>()];

    private Task<CliRun> EvaluateAsync(string folder, params string[] options) =>
        CliRun.ConvoyAsync(["evaluate", "lenet5", "--data", Folder[folder], "--output", "json", "--predictions", .. options]);

    private void Write(string name, bool idx, bool invert, bool transpose)
    {
        byte[][] digits = [.. Enumerable.Range(0, Count).Select(i => DigitFiles.Spoil(DigitFiles.PixelsOf(i), invert, transpose))];
        if (idx)
        {
            Folder.Write($"{name}/t10k-images-idx3-ubyte", IdxFileTests.Images(Count, 28, 28, [.. digits.SelectMany(pixels => pixels)]));
            Folder.Write($"{name}/t10k-labels-idx1-ubyte", IdxFileTests.Labels(Count, [.. Enumerable.Range(0, Count).Select(i => (byte)DigitFiles.LabelOf(i))]));
            return;
        }

        foreach ((int index, byte[] pixels) in digits.Index())
        {
            Folder.WriteGrey($"{name}/{DigitFiles.LabelOf(index)}/{index:000}.png", pixels);
        }
    }
}
