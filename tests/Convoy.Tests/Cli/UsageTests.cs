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
    [TestCase("bench", "lenet5", "--device", "reference", "--precision", "fp16,bf16")]
    [TestCase("bench", "lenet5", "--device", "reference", "--convolution", "direct")]
    [TestCase("bench", "lenet5", "--device", "reference", "--threads", "1,2")]
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
    [TestCase("profile", "lenet5", "--device", "")]
    [TestCase("classify", "lenet5", "x.png", "--labels", "")]
    [TestCase("classify", "lenet5", "x.png", "--weights", "")]
    [TestCase("evaluate", "lenet5", "--data", "")]
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
    [TestCase("demo", "--device", "gpu")]
    public async Task A_device_that_is_not_there_is_named_and_exit_code_3(params string[] arguments)
    {
        CliRun run = await CliRun.ConvoyAsync(arguments);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.NoDevice));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(run.ErrorLines[0], Does.StartWith("convoy: error: There is no device '").And.Contain("'reference'"));
    }

    [TestCase("--invert", "classify", "lenet5", "x.png", "--invert=maybe")]
    [TestCase("--transpose", "evaluate", "lenet5", "--transpose:true", "--data", ".")]
    [TestCase("--verbose", "doctor", "--verbose=1")]
    public async Task An_option_without_values_is_given_none(string option, params string[] arguments)
    {
        CliRun run = await CliRun.ConvoyAsync(arguments);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.Error, Does.StartWith($"convoy: error: {option} takes no value"));
    }

    [Test]
    public async Task What_stands_behind_an_option_without_values_is_a_path()
    {
        CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", "--invert", "false", "--device", "reference");
        Assert.That(run.Error, Does.Contain("false does not exist"));
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
        string[] commands = ["demo", "devices", "doctor", "describe", "init", "convert", "classify", "evaluate", "bench", "profile", "help"];
        Assert.Multiple(() => Array.ForEach(commands, command => Assert.That(run.Out, Does.Contain($"\n  {command}"))));
    }

    [Test]
    public async Task Each_commands_help_ends_with_an_example_that_parses(
        [Values("demo", "devices", "doctor", "describe", "init", "convert", "classify", "evaluate", "bench", "profile", "help")] string command)
    {
        CliRun run = await CliRun.ConvoyAsync(command, "--help");
        Assert.That(run.ExitCode, Is.Zero);
        string example = run.Out.TrimEnd().Split('\n')[^1].Trim();
        Assert.That(example, Does.StartWith($"convoy {command}"));
        CliRun parsed = await CliRun.ConvoyAsync([.. example.Split(' ').Skip(1), "--help"]);
        Assert.That(parsed.ExitCode, Is.Zero);
    }

    [TestCase("--weigths", "--weights", "classify", "lenet5", "photos", "--weigths", "x")]
    [TestCase("--thread", "--threads", "classify", "lenet5", "photos", "--thread", "2")]
    [TestCase("-w", "--weights", "classify", "lenet5", "photos", "-w", "x")]
    [TestCase("--tpo", "--top", "classify", "lenet5", "--tpo=3", "photos")]
    [TestCase("--see", "--seed", "classify", "lenet5", "photos", "--weights", "--see")]
    [TestCase("--ouptut", "--output", "devices", "--ouptut", "json")]
    [TestCase("--ouptut", "--output", "doctor", "--ouptut", "json")]
    [TestCase("--devices", "--device", "demo", "--devices", "native")]
    [TestCase("--bacth", "--batch", "describe", "lenet5", "--bacth", "4")]
    [TestCase("--forse", "--force", "init", "lenet5", "--forse", "w.safetensors")]
    [TestCase("--limt", "--limit", "evaluate", "lenet5", "--data", ".", "--limt", "3")]
    [TestCase("--second", "--seconds", "bench", "lenet5", "--second", "1")]
    [TestCase("--run", "--runs", "profile", "lenet5", "--run", "1")]
    [TestCase("--verbos", "--verbose", "help", "--verbos")]
    [TestCase("--versoin", "--version", "--versoin")]
    public async Task A_misspelt_option_is_refused_by_name_with_the_nearest_one(string misspelt, string meant, params string[] arguments)
    {
        CliRun run = await CliRun.ConvoyAsync(arguments);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(run.Error, Does.StartWith($"convoy: error: There is no option '{misspelt}' (did you mean '{meant}'?); see 'convoy "));
    }

    [Test]
    public async Task An_option_like_no_other_is_refused_without_a_suggestion()
    {
        CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", "photos", "--zoom");
        Assert.That(run.Error, Is.EqualTo("convoy: error: There is no option '--zoom'; see 'convoy classify --help'; a file of that name is './--zoom'.\n"));
    }

    [Test]
    public async Task What_follows_two_dashes_is_a_path_whatever_it_begins_with()
    {
        CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", "--output", "json", "--", "--no-such-photo.png");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That((string)run.Json[0]!["path"]!, Is.EqualTo("--no-such-photo.png"));
    }

    [Test]
    public async Task More_predictions_than_classes_are_refused()
    {
        CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", "x.png", "--top", "5000");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.Error, Is.EqualTo("convoy: error: --top is 5,000, but lenet5 has 10 classes; ask for 10 at the most.\n"));
    }

    [TestCase("profile", "lenet5")]
    [TestCase("describe", "lenet5")]
    [TestCase("demo")]
    public async Task A_command_of_one_device_says_so_where_several_are_named(params string[] command)
    {
        CliRun run = await CliRun.ConvoyAsync([.. command, "--device", "native,opencl"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.Error, Is.EqualTo("convoy: error: This command takes one device, but --device is 'native,opencl'; name one of them.\n"));
    }

    [TestCase("classify", "lenet5", "x.png", "--threads", "2")]
    [TestCase("evaluate", "lenet5", "--data", ".", "--threads", "2")]
    [TestCase("profile", "lenet5", "--threads", "2")]
    [TestCase("describe", "lenet5", "--threads", "2")]
    [TestCase("bench", "lenet5", "--threads", "1,2")]
    public async Task Threads_are_refused_by_a_device_that_has_its_own(params string[] command)
    {
        string[] others = ["reference", .. TestDevices.OpenCl.Take(1).Select(device => device.Name)];
        foreach (string device in others)
        {
            CliRun run = await CliRun.ConvoyAsync([.. command, "--device", device]);
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage), device);
            Assert.That(run.Error, Does.StartWith($"convoy: error: The device '{device}' has threads of its own").And.Contains("'native'"));
        }
    }

    [Test]
    public async Task Predictions_are_refused_in_a_form_that_has_no_place_for_them()
    {
        CliRun run = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", ".", "--predictions");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.Error, Does.Contain("--predictions").And.Contains("--output json"));
    }

    [Test]
    public async Task Help_is_a_command_too()
    {
        CliRun all = await CliRun.ConvoyAsync("help");
        CliRun one = await CliRun.ConvoyAsync("help", "classify");
        Assert.That(all, Is.EqualTo(await CliRun.ConvoyAsync("--help")));
        Assert.That(one, Is.EqualTo(await CliRun.ConvoyAsync("classify", "--help")));
        Assert.That((all.ExitCode, one.ExitCode), Is.EqualTo((0, 0)));
        CliRun unknown = await CliRun.ConvoyAsync("help", "teleport");
        Assert.That(unknown.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(unknown.Error, Does.StartWith("convoy: error: There is no command 'teleport'; there are demo, "));
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
    public async Task Verbose_adds_nothing_to_wrong_usage()
    {
        CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", "x.png", "--top", "5000", "--verbose");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1));
    }

    [TestCase("describe")]
    [TestCase("run")]
    public async Task Help_calls_a_model_MODEL_and_says_that_a_file_will_do_before_it_lists_names(string command)
    {
        CliRun run = await CliRun.ConvoyAsync(command, "--help");
        Assert.That(run.Out, Does.Contain($"convoy {command} <MODEL>").And.Contain("\n  <MODEL>  The network: a file (").And.Not.Contain("<alexnet"));
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
        Assert.That(output.ToString(), Is.Empty);
        Assert.That(error.ToString(), Is.EqualTo("convoy: Interrupted before there was a result.\n"));
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
