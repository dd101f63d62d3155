using System.Runtime.Versioning;
using Convoy.Cli.Common;
using Convoy.Models;
using Convoy.Tests.Weights;

namespace Convoy.Tests.Cli;

[TestFixture]
public sealed class InitTests
{
    [Test]
    public async Task The_file_holds_the_weights_of_the_seed()
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliRun.ConvoyAsync("init", "lenet5", folder["w.safetensors"], "--seed", "-3");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out, Does.Contain("seed -3").And.Contain("61,706"));
        using WeightSet written = WeightSet.Open(folder["w.safetensors"]);
        using WeightSet expected = WeightSet.Random(LeNet5.Create(), -3);
        Assert.That(
            written.Tensors.Select(tensor => Convert.ToHexString(StoredBytes.Of(tensor))),
            Is.EqualTo(expected.Tensors.Select(tensor => Convert.ToHexString(StoredBytes.Of(tensor)))));
    }

    [TestCase("fp16", ElementType.Float16)]
    [TestCase("bf16", ElementType.BFloat16)]
    public async Task The_type_is_the_one_asked_for(string name, ElementType type)
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliRun.ConvoyAsync("init", "lenet5", folder["w.safetensors"], "--type", name);
        Assert.That(run.ExitCode, Is.Zero);
        using WeightSet written = WeightSet.Open(folder["w.safetensors"]);
        Assert.That(written.Tensors.Select(tensor => tensor.ElementType), Is.All.EqualTo(type));
    }

    [Test]
    public async Task A_file_that_is_there_is_replaced_only_by_force()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("w.safetensors", "precious");
        CliRun refused = await CliRun.ConvoyAsync("init", "lenet5", file);
        Assert.That(refused.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(refused.Error, Does.Contain("--force"));
        Assert.That(await File.ReadAllTextAsync(file), Is.EqualTo("precious"));
        CliRun forced = await CliRun.ConvoyAsync("init", "lenet5", file, "--force");
        Assert.That(forced.ExitCode, Is.Zero);
        Assert.That(new FileInfo(file).Length, Is.GreaterThan(4 * 61_706));
    }

    [Test]
    [Platform(Include = "Unix")]
    [UnsupportedOSPlatform("windows")]
    public async Task Force_leaves_a_file_of_mode_0600_so()
    {
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var folder = new TemporaryFolder();
        string file = folder.Write("w.safetensors", "precious");
        File.SetUnixFileMode(file, Mode);
        CliRun run = await CliRun.ConvoyAsync("init", "lenet5", file, "--force");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(Mode));
    }

    [TestCase(SpecialFile.Fifo, "a FIFO")]
    [TestCase(SpecialFile.Device, "a device")]
    [Platform(Include = "Linux")]
    public async Task Force_replaces_no_fifo_and_no_device_outside_dev(string kind, string name)
    {
        using var folder = new TemporaryFolder();
        string file = folder["w.safetensors"];
        SpecialFile.Make(kind, file);
        CliRun run = await CliRun.ConvoyAsync("init", "lenet5", file, "--force");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains($"it is {name}, not a regular file; name another file."));
        Assert.That(SpecialFile.KindOf(file), Is.EqualTo(kind));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task By_a_link_the_size_told_is_that_of_the_file(bool isThere)
    {
        using var folder = new TemporaryFolder();
        if (isThere)
        {
            folder.Write("target", "old");
        }

        File.CreateSymbolicLink(folder["link"], "target");
        CliRun run = await CliRun.ConvoyAsync("init", "lenet5", folder["link"], "--force");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out, Does.Contain(", 0.2 MB"));
    }

    [TestCase("size=64k", "No space left on device")]
    [TestCase("ro", "Read-only file system")]
    [Platform(Include = "Linux")]
    public void A_disk_that_takes_nothing_is_told_with_the_reason_and_the_file_alone(string options, string reason)
    {
        using var folder = new TemporaryFolder();
        string mount = $"mount -t tmpfs -o {options} none '{folder.Root}'";
        if (CommandProcess.RunScriptInNamespace(mount).ExitCode != 0)
        {
            Assert.Ignore("Skipped: whoever runs these tests may not mount anything, even in a namespace of their own.");
        }

        string file = folder["w.safetensors"];
        CliRun run = CommandProcess.RunScriptInNamespace($"{mount} && exec {CommandProcess.Quoted} init lenet5 '{file}'");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Error.Trim(), Is.EqualTo($"convoy: error: Cannot write the weights to '{file}': {reason}; name another file."));
    }

    [Test]
    [Platform(Include = "Linux")]
    public void A_working_folder_that_was_removed_is_told()
    {
        CliRun run = CommandProcess.RunInRemovedFolder(CommandProcess.Folder, [], "init", "lenet5", "w.safetensors");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(
            run.Error.Trim(),
            Is.EqualTo("convoy: error: Cannot write the weights to 'w.safetensors': it is relative to the working folder, which was removed; name another file."));
    }

    [TestCase("w.onnx", "'convoy export'")]
    [TestCase("w.Keras", ".safetensors, .npz, .pth, .h5 or .caffemodel; a .keras file is a whole model")]
    public async Task An_ending_of_another_kind_of_file_is_wrong_usage(string name, string expected)
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliRun.ConvoyAsync("init", "lenet5", folder[name]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains(expected));
        Assert.That(File.Exists(folder[name]), Is.False);
    }

    [Test]
    public async Task A_folder_that_is_not_there_is_told()
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliRun.ConvoyAsync("init", "lenet5", folder["missing/w.safetensors"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("folder"));
    }
}
