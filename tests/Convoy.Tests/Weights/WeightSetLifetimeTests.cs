using System.Buffers;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Convoy.Models;

namespace Convoy.Tests.Weights;

public class WeightSetLifetimeTests : FolderFixture
{
    [Test]
    public void Use_after_disposal_is_an_error([Values] bool isInFile)
    {
        WeightSet weights = Create(isInFile);
        WeightTensor tensor = weights.Tensors.First();
        weights.Dispose();
        weights.Dispose();
        Assert.That(() => tensor.CopyTo(new float[4]), Throws.TypeOf<ObjectDisposedException>().With.Message.Contains(weights.Source));
        Assert.That(() => tensor.CopyBytesTo(new byte[16]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => weights.Tensors, Throws.TypeOf<ObjectDisposedException>().With.Message.Contains(weights.Source));
        Assert.That(() => weights.TryGet("x", out _), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => weights.Save(Folder["b"]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => weights.Validate(LeNet5.Create()), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void What_is_borrowed_outlives_disposal()
    {
        WeightSet weights = Create(isInFile: false);
        using IMemoryOwner<byte> borrowed = weights.Tensors.First().Borrow()!;
        weights.Dispose();
        Assert.That(MemoryMarshal.Cast<byte, float>(borrowed.Memory.Span).ToArray(), Is.EqualTo(new[] { 1f, 2f, 3f, 4f }));
    }

    [Test]
    public void Disposal_closes_the_file()
    {
        WeightSet weights = Create(isInFile: true);
        string path = weights.Source;
        if (OperatingSystem.IsLinux())
        {
            Assert.That(OpenFiles(), Does.Contain(path));
        }

        weights.Dispose();
        if (OperatingSystem.IsLinux())
        {
            Assert.That(OpenFiles(), Does.Not.Contain(path));
        }

        File.WriteAllText(path, "overwritten");
        File.Delete(path);
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public void A_refused_file_is_not_held()
    {
        string path = Folder["bad.safetensors"];
        File.WriteAllText(path, "not a safetensors file");
        Assert.That(() => WeightSet.Open(path), Throws.TypeOf<WeightException>());
        if (OperatingSystem.IsLinux())
        {
            Assert.That(OpenFiles(), Does.Not.Contain(path));
        }

        File.WriteAllText(path, "overwritten");
    }

    [Test]
    public void Disposal_while_others_read_is_no_crash([Values] bool isInFile)
    {
        for (int round = 0; round < 50; round++)
        {
            WeightSet weights = Create(isInFile);
            WeightTensor tensor = weights.Tensors.First();
            Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadUntilDisposed(tensor)))];
            Thread.Yield();
            weights.Dispose();
            Assert.That(Task.WaitAll(readers, TimeSpan.FromMinutes(1)), Is.True);
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    [Platform(Include = "Linux")]
    public void A_named_pipe_is_refused_without_waiting_for_its_writer(bool throughLink)
    {
        string pipe = Folder["pipe"];
        SpecialFile.Make(SpecialFile.Fifo, pipe);
        string path = throughLink ? Folder["link"] : pipe;
        if (throughLink)
        {
            File.CreateSymbolicLink(path, pipe);
        }

        var open = Task.Run(() => WeightSet.Open(path));
        var refusal = Assert.Throws<AggregateException>(() => open.Wait(TimeSpan.FromMinutes(2)))!.InnerException;
        Assert.That(refusal, Is.TypeOf<WeightException>().With.Message.EqualTo(
            $"The weights file '{path}' cannot be read: it is a FIFO, not a regular file; save the weights to a file first."));
    }

    [TestCase("/dev/zero")]
    [TestCase("/dev/null")]
    [Platform(Include = "Linux")]
    public void A_device_is_no_weights_file(string path) =>
        Assert.That(() => WeightSet.Open(path), Throws.TypeOf<WeightException>().With.Message.EqualTo(
            $"The weights file '{path}' cannot be read: it is a device, not a regular file; save the weights to a file first."));

    [Test]
    public void A_missing_file_is_told()
    {
        foreach (string path in new[] { Folder["a.safetensors"], Path.Combine(Folder.Root, "nowhere", "a.safetensors") })
        {
            Assert.That(
                () => WeightSet.Open(path),
                Throws.TypeOf<WeightException>().With.Message.EqualTo($"The weights file '{path}' does not exist; check the path."));
        }
    }

    [Test]
    public void A_folder_is_told()
    {
        Assert.That(() => WeightSet.Open(Folder.Root), Throws.TypeOf<WeightException>().With.Message.Contains($"'{Folder.Root}' is a folder"));
    }

    [Test]
    [UnsupportedOSPlatform("windows")]
    public void A_file_without_permission_is_told()
    {
        IgnoreUnlessPermissionsBind();
        string path = Folder["a.safetensors"];
        File.WriteAllText(path, "secret");
        File.SetUnixFileMode(path, UnixFileMode.None);
        Assert.That(() => WeightSet.Open(path), Throws.TypeOf<WeightException>().With.Message.Contains("permission denied"));
    }

    private WeightSet Create(bool isInFile)
    {
        var made = WeightSet.FromTensors("numbers", [("x", new Shape(4), [1f, 2f, 3f, 4f])]);
        if (!isInFile)
        {
            return made;
        }

        string path = Folder["a.safetensors"];
        made.Save(path);
        made.Dispose();
        return WeightSet.Open(path);
    }

    private static IEnumerable<string?> OpenFiles() =>
        [.. Directory.GetFiles("/proc/self/fd").Select(link => new FileInfo(link).LinkTarget)];

    private static void ReadUntilDisposed(WeightTensor tensor)
    {
        float[] values = new float[4];
        try
        {
            while (true)
            {
                tensor.CopyTo(values);
                Assert.That(values, Is.EqualTo(new[] { 1f, 2f, 3f, 4f }));
            }
        }
        catch (ObjectDisposedException)
        {
            // What the loop waits for.
        }
    }
}
