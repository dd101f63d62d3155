using Convoy.Cli;
using Convoy.Cli.Common;

namespace Convoy.Tests.Cli;

[TestFixture]
public sealed class UsageTests
{
    [TestCase("describe")]
    [TestCase("describe", "vgg")]
    [TestCase("describe", "alexnet", "lenet5")]
    [TestCase("describe", "alexnet", "--filters")]
    [TestCase("describe", "alexnet", "--output", "xml")]
    [TestCase("teleport")]
    [TestCase("classify", "lenet5")]
    [TestCase("classify", "lenet5", "x.png", "--batch", "0")]
    [TestCase("classify", "lenet5", "x.png", "--batch", "many")]
    [TestCase("classify", "lenet5", "x.png", "--threads", "-1")]
    [TestCase("classify", "lenet5", "x.png", "--top", "0")]
    [TestCase("classify", "lenet5", "x.png", "--preset", "imagenet")]
    [TestCase("classify", "lenet5", "x.png", "--weights", "w.safetensors", "--seed", "1")]
    [TestCase("classify", "lenet5", "x.png", "--device", "native,reference, Native")]
    [TestCase("evaluate", "lenet5")]
    [TestCase("evaluate", "lenet5", "--data", ".", "--device", "native,native")]
    [TestCase("evaluate", "lenet5", "--data", ".", "--limit", "0")]
    [TestCase("bench", "lenet5", "--batch", "1,,2")]
    [TestCase("bench", "lenet5", "--seconds", "0")]
    [TestCase("bench", "lenet5", "--seconds", "NaN")]
    [TestCase("bench", "lenet5", "--precision", "fp8")]
    [TestCase("bench", "lenet5", "--precision", "fp32,")]
    [TestCase("bench", "lenet5", "--device", "native,reference", "--precision", "fp32,fp16")]
    [TestCase("bench", "lenet5", "--device", "reference", "--convolution", "direct")]
    [TestCase("bench", "lenet5", "--device", "native,reference", "--threads", "0,2")]
    [TestCase("classify", "lenet5", "x.png", "--device", "native,reference", "--threads", "2")]
    [TestCase("evaluate", "lenet5", "--data", ".", "--device", "reference", "--threads", "1")]
    [TestCase("profile", "lenet5", "--device", "reference", "--threads", "2")]
    [TestCase("classify", "lenet5", "x.png", "--device", "native,reference", "--precision", "bf16")]
    [TestCase("evaluate", "lenet5", "--data", ".", "--device", "reference", "--convolution", "winograd8")]
    [TestCase("profile", "lenet5", "--convolution", "winograd5")]
    [TestCase("profile", "lenet5", "--precision", "fp16,bf16")]
    [TestCase("describe", "lenet5", "--device", "reference", "--precision", "fp16")]
    [TestCase("demo", "--precision", "fp16")]
    [TestCase("profile", "lenet5", "--batch", "1000000000000")]
    [TestCase("profile", "alexnet", "--batch", "1000000", "--seed", "1")]
    [TestCase("init", "lenet5", "f.safetensors", "--type", "fp8")]
    [TestCase("init", "lenet5", "f.safetensors", "--seed", "1.5")]
    public async Task Wrong_usage_is_one_line_and_exit_code_2(params string[] arguments)
    {
        CliRun run = await CliRun.ConvoyAsync(arguments);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(run.ErrorLines[0], Does.StartWith("convoy: error: "));
        Assert.That(run.Out, Is.Empty);
    }

    [TestCase("classify", "lenet5", "x.png", "--device", "metal")]
    [TestCase("classify", "lenet5", "x.png", "--device", "native,metal")]
    [TestCase("evaluate", "lenet5", "--data", ".", "--device", "native,,reference")]
    [TestCase("bench", "lenet5", "--device", "reference,metal:0")]
    [TestCase("profile", "lenet5", "--device", "")]
    [TestCase("profile", "lenet5", "--device", "native,reference")]
    [TestCase("demo", "--device", "gpu")]
    public async Task A_device_that_is_not_there_is_named_and_exit_code_3(params string[] arguments)
    {
        CliRun run = await CliRun.ConvoyAsync(arguments);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.NoDevice));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(run.ErrorLines[0], Does.StartWith("convoy: error: There is no device '").And.Contain("'reference'"));
    }

    [Test]
    public async Task An_unknown_model_is_refused_with_the_known_ones()
    {
        CliRun run = await CliRun.ConvoyAsync("describe", "vgg");
        Assert.That(run.Error, Does.Contain("'vgg'").And.Contain("alexnet").And.Contain("lenet5"));
    }

    [Test]
    public async Task Without_arguments_the_help_lists_every_command()
    {
        CliRun run = await CliRun.ConvoyAsync();
        Assert.That(run.ExitCode, Is.Zero);
        string[] commands = ["demo", "devices", "doctor", "describe", "init", "classify", "evaluate", "bench", "profile"];
        Assert.Multiple(() => Array.ForEach(commands, command => Assert.That(run.Out, Does.Contain($"\n  {command}"))));
    }

    [Test]
    public async Task Each_commands_help_ends_with_an_example_that_parses(
        [Values("demo", "devices", "doctor", "describe", "init", "classify", "evaluate", "bench", "profile")] string command)
    {
        CliRun run = await CliRun.ConvoyAsync(command, "--help");
        Assert.That(run.ExitCode, Is.Zero);
        string example = run.Out.TrimEnd().Split('\n')[^1].Trim();
        Assert.That(example, Does.StartWith($"convoy {command}"));
        CliRun parsed = await CliRun.ConvoyAsync([.. example.Split(' ').Skip(1), "--help"]);
        Assert.That(parsed.ExitCode, Is.Zero);
    }

    [Test]
    public async Task The_version_has_its_commit()
    {
        CliRun run = await CliRun.ConvoyAsync("--version");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out.Trim(), Does.Match(@"^convoy \d+\.\d+\.\d+\S* \(commit ([0-9a-f]{40}|unknown)\)$"));
    }

    [Test]
    public async Task Verbose_adds_the_details_of_an_error()
    {
        CliRun brief = await CliRun.ConvoyAsync("profile", "lenet5", "--weights", "nowhere.safetensors");
        CliRun verbose = await CliRun.ConvoyAsync("profile", "lenet5", "--weights", "nowhere.safetensors", "--verbose");
        Assert.That(brief.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(brief.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(verbose.ErrorLines[0], Is.EqualTo(brief.ErrorLines[0]));
        Assert.That(verbose.Error, Does.Contain("WeightException").And.Contain("   at "));
    }

    [Test]
    public async Task A_cancelled_command_stops_with_exit_code_130()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = await ConvoyApplication.RunAsync(["bench", "lenet5"], output, error, cancelled.Token);
        Assert.That(exitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(output.ToString() + error, Is.Empty);
    }

    [Test]
    public async Task A_broken_pipe_ends_the_command_in_silence() =>
        Assert.That(await DescribeToAsync(new BrokenPipe()), Is.EqualTo((ExitCode.Done, "")));

    [Test]
    public async Task A_full_disk_is_reported_in_a_sentence() => Assert.That(
        await DescribeToAsync(new FullDisk()),
        Is.EqualTo((ExitCode.Failed, "convoy: error: Reading or writing failed: No space left on device")));

    private static async Task<(int ExitCode, string Error)> DescribeToAsync(TextWriter output)
    {
        using var error = new StringWriter();
        int exitCode = await ConvoyApplication.RunAsync(["describe", "alexnet"], output, error);
        return (exitCode, error.ToString().TrimEnd());
    }

    private class BrokenPipe : StringWriter
    {
        private static readonly int Code = OperatingSystem.IsWindows() ? unchecked((int)0x8007006D) : 32;

        public override void Write(char value) => throw Error;

        public override void Write(string? value) => throw Error;

        public override void Write(char[] buffer, int index, int count) => throw Error;

        protected virtual IOException Error => new("Broken pipe", Code);
    }

    private sealed class FullDisk : BrokenPipe
    {
        protected override IOException Error => new("No space left on device", 28);
    }
}
