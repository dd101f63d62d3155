using System.Text.Json.Nodes;
using Convoy.Cli.Common;

namespace Convoy.Tests.Cli;

/// <summary>What is opened by name may be no regular file, and may never end.</summary>
public sealed class SpecialFilesTests : FolderFixture
{
    // Long enough for any machine; what it guards against takes for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Test]
    public async Task A_fifo_among_the_images_is_an_error_and_the_run_goes_on()
    {
        string digit = Folder.WriteDigit("7/a.png", 0);
        MakeFifo("7/b.png");
        File.CreateSymbolicLink(Folder["7/c.png"], "/dev/zero");
        CliRun classified = await RunAsync("classify", "lenet5", Folder["7"], "--output", "json");
        JsonArray images = classified.Json.AsArray();
        Assert.That(images.Select(image => (string)image!["path"]!), Is.EqualTo(new[] { digit, Folder["7/b.png"], Folder["7/c.png"] }));
        Assert.That(classified.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(classified.ErrorLines[0], Does.Contain("7/b.png cannot be read (it is a FIFO, not a regular file)"));
        Assert.That(classified.ErrorLines[1], Does.Contain("7/c.png cannot be read (it is a device, not a regular file)"));
        CliRun evaluated = await RunAsync("evaluate", "lenet5", "--data", Folder.Root, "--output", "json");
        Assert.That(((long)evaluated.Json["images"]!, (long)evaluated.Json["errors"]!), Is.EqualTo((1, 2)));
    }

    [Test]
    public async Task A_fifo_among_a_data_sets_files_is_refused()
    {
        MakeFifo("t10k-images-idx3-ubyte.gz");
        MakeFifo("t10k-labels-idx1-ubyte.gz");
        CliRun run = await RunAsync("evaluate", "lenet5", "--data", Folder.Root);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("it is a FIFO, not a regular file"));
    }

    [Test]
    public async Task Labels_without_end_are_refused()
    {
        string digit = Folder.WriteDigit("a.png", 0);
        MakeFifo("fifo");
        string link = Folder["link"];
        File.CreateSymbolicLink(link, "/dev/zero");
        foreach ((string labels, string kind) in new[] { (Folder["fifo"], "a FIFO"), (link, "a device"), ("/dev/zero", "a device") })
        {
            CliRun run = await RunAsync("classify", "lenet5", digit, "--labels", labels);
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
            Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains($"The labels file {labels} cannot be read (it is {kind}, not a regular file)"));
        }
    }

    [Test]
    public async Task Labels_and_their_lines_have_limits()
    {
        string digit = Folder.WriteDigit("a.png", 0);
        string longLine = Folder.Write("long", $"zero\n{new string('x', 1001)}\n");
        string large = Folder["large"];
        using (FileStream file = File.Create(large))
        {
            file.SetLength(1L << 40);
        }

        CliRun line = await RunAsync("classify", "lenet5", digit, "--labels", longLine);
        CliRun size = await RunAsync("classify", "lenet5", digit, "--labels", large);
        Assert.That((line.ExitCode, size.ExitCode), Is.EqualTo((ExitCode.Failed, ExitCode.Failed)));
        Assert.That(line.ErrorLines, Has.Length.EqualTo(1).And.One.Contains($"Line 2 of {longLine} has 1,001 characters, more than the 1,000"));
        Assert.That(size.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("more than the 16,777,216 that such a file may have"));
    }

    private static Task<CliRun> RunAsync(params string[] arguments) => Task.Run(() => CliRun.ConvoyAsync(arguments)).WaitAsync(Patience);

    private void MakeFifo(string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Skipped: what kind a file is, is known on Linux alone.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Folder[name])!);
        SpecialFile.Make(SpecialFile.Fifo, Folder[name]);
    }
}
