using System.Buffers;
using System.Diagnostics;
using System.Runtime.Versioning;
using Convoy.Models;

namespace Convoy.Tests.Weights;

public class WeightSetLifetimeTests : FolderFixture
{
    [Test]
    public void Use_after_disposal_is_an_error([Values] bool isMapped)
    {
        WeightSet weights = Create(isMapped);
        WeightTensor tensor = weights.Tensors.First();
        ReadOnlyMemory<byte> bytes = tensor.Bytes;
        ReadOnlyMemory<byte> part = bytes[4..8];
        weights.Dispose();
        weights.Dispose();
        Assert.That(() => bytes.Span.Length, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => part.Span.Length, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => bytes.Pin(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => bytes.ToArray(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => tensor.CopyTo(new float[4]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => weights.Tensors, Throws.TypeOf<ObjectDisposedException>().With.Message.Contains(weights.Source));
        Assert.That(() => weights.TryGet("x", out _), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => weights.Save(Folder["b"]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => weights.Validate(LeNet5.Create()), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public unsafe void A_pin_outlives_disposal([Values] bool isMapped)
    {
        WeightSet weights = Create(isMapped);
        using (MemoryHandle pin = weights.Tensors.First().Bytes[4..].Pin())
        {
            weights.Dispose();
            Assert.That(*(float*)pin.Pointer, Is.EqualTo(2f));
        }
    }

    [Test]
    public void Disposal_closes_the_map()
    {
        WeightSet weights = Create(isMapped: true);
        string path = weights.Source;
        if (OperatingSystem.IsLinux())
        {
            Assert.That(File.ReadAllText("/proc/self/maps"), Does.Contain(path));
        }

        weights.Dispose();
        if (OperatingSystem.IsLinux())
        {
            Assert.That(File.ReadAllText("/proc/self/maps"), Does.Not.Contain(path));
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
            Assert.That(File.ReadAllText("/proc/self/maps"), Does.Not.Contain(path));
        }

        File.WriteAllText(path, "overwritten");
    }

    [Test]
    public void Disposal_while_others_read_is_no_crash([Values] bool isMapped)
    {
        for (int round = 0; round < 50; round++)
        {
            WeightSet weights = Create(isMapped);
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
        using (Process make = Process.Start("mkfifo", [pipe]))
        {
            make.WaitForExit();
        }

        string path = throughLink ? Folder["link"] : pipe;
        if (throughLink)
        {
            File.CreateSymbolicLink(path, pipe);
        }

        var open = Task.Run(() => WeightSet.Open(path));
        var refusal = Assert.Throws<AggregateException>(() => open.Wait(TimeSpan.FromSeconds(20)))!.InnerException;
        Assert.That(refusal, Is.TypeOf<WeightException>().With.Message.StartsWith($"The weights file '{path}' is empty, ").And.Message.Contains("or it is a pipe"));
    }

    [Test]
    public void A_missing_file_is_told()
    {
        foreach (string path in new[] { Folder["a.safetensors"], Path.Combine(Folder.Root, "nowhere", "a.safetensors") })
        {
            Assert.That(
                () => WeightSet.Open(path),
                Throws.TypeOf<WeightException>().With.Message.EqualTo($"There is no weights file '{path}'."));
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

    private WeightSet Create(bool isMapped)
    {
        var made = WeightSet.FromTensors("numbers", [("x", new Shape(4), [1f, 2f, 3f, 4f])]);
        if (!isMapped)
        {
            return made;
        }

        string path = Folder["a.safetensors"];
        made.Save(path);
        made.Dispose();
        return WeightSet.Open(path);
    }

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
