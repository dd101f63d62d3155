using System.Text.Json;
using Convoy.Cli.Common;
using Convoy.Tests.Profiling;

namespace Convoy.Tests.Cli;

/// <summary><c>convoy profile --trace</c>: where the file goes, and what it does not replace.</summary>
public sealed class ProfileTraceOptionTests : FolderFixture
{
    private static readonly string[] Command = ["profile", "lenet5", "--device", "reference", "--runs", "1"];

    [Test]
    public async Task A_trace_is_written_beside_the_table_and_replaced_only_when_told_to()
    {
        string file = Folder["trace.json"];
        CliRun run = await CliRun.ConvoyAsync([.. Command, "--trace", file]);
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out, Does.Contain("conv1"));
        using (var trace = JsonDocument.Parse(await File.ReadAllBytesAsync(file)))
        {
            Assert.That(TraceChecker.Check(trace.RootElement), Is.Empty);
            Assert.That(trace.RootElement.GetProperty("otherData").GetProperty("model").GetString(), Is.EqualTo("lenet5"));
        }

        await File.WriteAllTextAsync(file, "mine");
        CliRun refused = await CliRun.ConvoyAsync([.. Command, "--trace", file]);
        Assert.That(refused.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(refused.Error, Does.Contain($"{file} is there already").And.Contain("--force"));
        Assert.That(await File.ReadAllTextAsync(file), Is.EqualTo("mine"));
        CliRun forced = await CliRun.ConvoyAsync([.. Command, "--trace", file, "--force"]);
        Assert.That(forced.ExitCode, Is.Zero);
        Assert.That(await File.ReadAllTextAsync(file), Does.Contain("traceEvents"));
        Assert.That(Directory.GetFiles(Folder.Root), Has.Length.EqualTo(1), "nothing is left aside");
    }

    [Test]
    public async Task A_trace_that_cannot_be_written_is_one_sentence()
    {
        string nowhere = Folder["nowhere/trace.json"];
        CliRun run = await CliRun.ConvoyAsync([.. Command, "--trace", nowhere]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.ErrorLines[^1], Is.EqualTo($"convoy: error: Cannot write '{nowhere}', --trace: its folder does not exist."));
    }

    [Test]
    public async Task A_trace_and_a_page_do_not_share_a_file()
    {
        CliRun run = await CliRun.ConvoyAsync([.. Command, "--trace", Folder["both"], "--html", Folder["both"]]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.Error, Does.Contain("and so is --html; name another file to write"));
        Assert.That(Directory.GetFileSystemEntries(Folder.Root), Is.Empty);
    }

    [Test]
    public async Task What_is_read_is_not_written_over()
    {
        string old = Folder["old.json"];
        await File.WriteAllTextAsync(old, "{}");
        CliRun run = await CliRun.ConvoyAsync([.. Command, "--compare", old, "--html", $"{Folder.Root}/./old.json", "--force"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.Error, Does.Contain("and so is --compare"));
        Assert.That(await File.ReadAllTextAsync(old), Is.EqualTo("{}"));
    }
}
