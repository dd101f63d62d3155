using System.Diagnostics;
using Convoy.Cli.Common;
using Convoy.Cli.Output;

namespace Convoy.Tests.Cli;

/// <summary>What becomes of a command whose streams cannot be written, are closed, or are a terminal: in processes of their own.</summary>
[Platform(Include = "Linux")]
public sealed class StandardStreamTests
{
    private static readonly string[] LostErrors = ["2>/dev/full", "2>&-", "2>&- <&-"];

    private static IEnumerable<TestCaseData> Failures =>
        from redirection in LostErrors
        from failure in new (int, string[])[]
        {
            (ExitCode.Failed, ["classify", "lenet5", "nope"]),
            (ExitCode.WrongUsage, ["classify", "lenet5", "--nope"]),
            (ExitCode.NoDevice, ["profile", "lenet5", "--device", "nope"]),
        }
        select new TestCaseData(redirection, failure.Item1, failure.Item2);

    [TestCaseSource(nameof(Failures))]
    public void An_error_stream_that_cannot_be_written_changes_no_exit_code(string redirection, int exitCode, string[] arguments)
    {
        CliRun run = CommandProcess.RunRedirected(redirection, arguments);
        Assert.That(run.ExitCode, Is.EqualTo(exitCode));
        Assert.That(run.Error, Is.Empty);
    }

    [TestCaseSource(nameof(LostErrors))]
    public void An_error_stream_that_cannot_be_written_loses_no_answer(string redirection)
    {
        CliRun run = CommandProcess.RunRedirected(redirection, "describe", "lenet5", "--output", "csv");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out.Split('\n'), Has.Length.EqualTo(10));
    }

    [TestCase(">/dev/full", "No space left on device")]
    [TestCase(">&-", "The standard output is closed")]
    public void An_answer_that_cannot_be_written_is_one_sentence_and_exit_code_1(string redirection, string says)
    {
        string[][] answers = [["describe", "lenet5"], ["devices", "--output", "json"], ["--help"], ["--version"]];
        foreach (string[] arguments in answers)
        {
            CliRun run = CommandProcess.RunRedirected(redirection, arguments);
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed), run.Error);
            Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains(says));
        }
    }

    [TestCase("describe", "lenet5", ExitCode.Failed)]
    [TestCase("describe", "nope", ExitCode.WrongUsage)]
    public void With_all_streams_closed_nothing_pretends_to_be_done(string command, string model, int exitCode) =>
        Assert.That(CommandProcess.RunRedirected(">&- 2>&- <&-", command, model).ExitCode, Is.EqualTo(exitCode));

    [Test]
    public void A_command_runs_where_there_is_no_null_device()
    {
        const string withoutDevices = "mount -t tmpfs none /dev";
        if (CommandProcess.RunScriptInNamespace(withoutDevices).ExitCode != 0)
        {
            Assert.Ignore("Skipped: whoever runs these tests may not mount anything, even in a namespace of their own.");
        }

        CliRun run = CommandProcess.RunScriptInNamespace($"{withoutDevices} && exec {CommandProcess.Quoted} describe lenet5 --output csv");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.StartWith("layer,"));
    }

    [TestCase(">'{0}'", "kept\n", false)]
    [TestCase(">>'{0}'", "kept\n", true)]
    [TestCase("| cat >'{0}'", "kept\n", false)]
    public void An_answer_gets_to_where_the_output_is_directed(string redirection, string before, bool isKept)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("answer", before);
        CliRun run = CommandProcess.RunRedirected(string.Format(System.Globalization.CultureInfo.InvariantCulture, redirection, file), "describe", "lenet5", "--output", "csv");
        Assert.That((run.ExitCode, run.Out, run.Error), Is.EqualTo((0, "", "")));
        Assert.That(File.ReadAllText(file), Does.StartWith(isKept ? "kept\nlayer," : "layer,"));
    }

    [Test]
    public void A_reader_that_has_seen_enough_ends_a_command_in_silence()
    {
        CliRun run = CommandProcess.RunRedirected("| head -n 1", "devices", "--output", "csv");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        Assert.That(run.Out, Does.StartWith("name,"));
    }

    [TestCase(64, "devices")]
    [TestCase(72, "bench", "lenet5", "--device", "native")]
    [TestCase(127, "describe", "lenet5")]
    [Platform(Include = "Linux")]
    public void Too_few_files_that_may_be_open_are_one_sentence_and_exit_code_1(int most, params string[] arguments)
    {
        CliRun run = CommandProcess.RunWithFiles(most, arguments);
        Assert.That((run.ExitCode, run.Out), Is.EqualTo((ExitCode.Failed, "")));
        Assert.That(run.Error, Does.StartWith("convoy: error: This process may open too few files").And.Contain("ulimit -n").And.EndWith(".\n"));
    }

    [Test]
    [Platform(Include = "Linux")]
    public void With_as_many_files_as_are_asked_for_a_command_runs() =>
        Assert.That(CommandProcess.RunWithFiles(128, "describe", "lenet5", "--output", "csv").ExitCode, Is.Zero);

    [Test]
    public void A_descriptor_that_was_opened_here_is_no_stream_from_outside()
    {
        using FileStream file = File.OpenRead("/dev/null");
        Assert.That(StandardDescriptors.IsInherited(StandardDescriptors.Error), Is.True);
        Assert.That(StandardDescriptors.IsInherited((int)file.SafeFileHandle.DangerousGetHandle()), Is.False);
        Assert.That(StandardDescriptors.IsInherited(int.MaxValue), Is.False);
    }

    [TestCase("xterm")]
    [TestCase("dumb")]
    public void Progress_is_drawn_on_a_terminal_where_the_output_is_a_file(string terminal)
    {
        const string tool = "/usr/bin/script";
        if (!File.Exists(tool))
        {
            Assert.Ignore($"Skipped: {tool} (Debian: bsdutils) is not installed, which makes a terminal.");
        }

        using var folder = new TemporaryFolder();
        string command = $"dotnet '{Path.Combine(CommandProcess.Folder, "Convoy.Cli.dll")}' bench lenet5 --device reference --batch 1 --seconds 3 >'{folder["out"]}'";
        var start = new ProcessStartInfo(tool, ["-qec", command, folder["typescript"]]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["TERM"] = terminal;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string shown = File.ReadAllText(folder["typescript"]);
        Assert.That(process.ExitCode, Is.Zero, shown);
        Assert.That(shown, Does.Match(@"Measuring lenet5.*\d %"));
        Assert.That(File.ReadAllText(folder["out"]), Does.Contain("reference").And.Not.Contain("Measuring"));
    }
}
