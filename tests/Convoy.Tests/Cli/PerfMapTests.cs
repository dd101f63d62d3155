using System.Diagnostics;
using Convoy.Cli.Common;

namespace Convoy.Tests.Cli;

/// <summary><c>convoy profile --perf-map</c>: the names of .NET's functions for <c>perf</c>, which the runtime writes when told to before it starts.</summary>
public sealed class PerfMapTests : FolderFixture
{
    [Test]
    public void A_process_writes_names_under_its_number_and_says_where()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Skipped: perf is Linux's.");
        }

        // An argument with a blank, to see that the process is given again what it was given.
        string page = Folder["a page.html"];
        using Process process = CommandProcess.Start([], "profile", "lenet5", "--device", "reference", "--runs", "1", "--batch", "1", "--perf-map", "--html", page);
        string map = $"/tmp/perf-{process.Id}.map";
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(error.Result, Does.Contain($"for perf: {map}\n"));
            Assert.That(process.ExitCode, Is.Zero);
            Assert.That(File.ReadLines(map), Has.Some.Match("^(0x)?[0-9a-f]+ [0-9a-f]+ .*Convoy.Backends.Reference"));
            Assert.That(File.Exists(page));
        }
        finally
        {
            File.Delete(map);
        }
    }

    [Test]
    public async Task Where_the_runtime_writes_none_a_note_says_what_to_do()
    {
        CliRun run = await CliRun.ConvoyAsync("profile", "lenet5", "--device", "reference", "--runs", "1", "--batch", "1", "--perf-map");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.ErrorLines, Has.One.StartsWith("convoy: --perf-map writes nothing: "));
    }

    [Test]
    public void Only_a_process_that_is_asked_for_it_starts_again()
    {
        Assert.That(PerfMap.NeedsRestart(["profile", "lenet5", "--perf-map"]), Is.EqualTo(OperatingSystem.IsLinux()));
        Assert.That(PerfMap.NeedsRestart(["profile", "lenet5"]), Is.False);
    }
}
