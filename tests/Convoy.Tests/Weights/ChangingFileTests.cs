using System.Runtime.Versioning;
using Convoy.Memory;
using Convoy.Weights.Formats;

namespace Convoy.Tests.Weights;

/// <summary>What becomes of a set whose file is written to, cut short, replaced or deleted while it is open.</summary>
public sealed class ChangingFileTests : FolderFixture
{
    private static readonly Network Small = new NetworkBuilder("small", Shape.Image(3, 8, 8))
        .Convolution("conv1", 8, kernel: 3, activation: Activation.Relu)
        .FullyConnected("fc2", 5000)
        .Build();

    private static IEnumerable<TestCaseData> Changes =>
    [
        Change("cut to nothing", file => file.SetLength(0)),
        Change("cut short", file => file.SetLength(file.Length / 2)),
        Change("a byte shorter", file => file.SetLength(file.Length - 1)),
        Change("longer", file => file.SetLength(file.Length + 1)),
        Change("other bytes, as many", file =>
        {
            file.Position = file.Length / 2;
            file.Write(new byte[4]);
        }),
    ];

    [TestCaseSource(nameof(Changes))]
    public void A_weights_file_that_changes_while_it_is_open_is_one_sentence(Action<FileStream> change)
    {
        using WeightSet weights = OpenSmall();
        ChangeFile(weights.Source, change);
        string sentence = $"The weights file '{weights.Source}' has changed since it was opened, so that its weights may be mixed up; "
            + "open it again when it is no longer written to.";
        Assert.That(() => Small.Compile(Device.Native, weights).Dispose(), Throws.TypeOf<WeightException>().With.Message.EqualTo(sentence));
        foreach (WeightTensor tensor in weights.Tensors)
        {
            Assert.That(() => tensor.CopyTo(new float[tensor.Shape.Count]), Throws.TypeOf<WeightException>().With.Message.EqualTo(sentence));
            Assert.That(() => tensor.CopyBytesTo(new byte[tensor.ByteCount]), Throws.TypeOf<WeightException>().With.Message.EqualTo(sentence));
        }

        Assert.That(() => weights.Save(Folder["copy"]), Throws.TypeOf<WeightException>().With.Message.EqualTo(sentence));
        Assert.That(File.Exists(Folder["copy"]), Is.False);
    }

    [TestCaseSource(nameof(Changes))]
    public void A_weights_file_that_changes_while_its_header_is_read_is_one_sentence(Action<FileStream> change)
    {
        OpenSmall().Dispose();
        using FileStorage file = FileStorage.Open(Folder["w.safetensors"]);
        ChangeFile(file.Source, change);
        Assert.That(() => WeightFormats.Recognize(file), Throws.TypeOf<WeightException>().With.Message.Contains("has changed since it was opened"));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "Windows renames no file over one that is open, however it is shared.")]
    public void A_weights_file_that_is_replaced_or_deleted_is_read_as_it_was([Values] bool isDeleted)
    {
        using WeightSet weights = OpenSmall();
        byte[][] before = [.. weights.Tensors.Select(StoredBytes.Of)];
        if (isDeleted)
        {
            File.Delete(weights.Source);
        }
        else
        {
            File.Move(Folder.Write("other", "something else"), weights.Source, overwrite: true);
        }

        Assert.That(weights.Tensors.Select(StoredBytes.Of), Is.EqualTo(before));
        Assert.That(() => Small.Compile(Device.Native, weights).Dispose(), Throws.Nothing);
    }

    [Test]
    [SupportedOSPlatform("linux")]
    [Platform(Include = "Linux")]
    public void A_weights_file_is_not_mapped_into_memory()
    {
        using WeightSet weights = OpenSmall();
        using InferenceSession session = Small.Compile(Device.Native, weights);
        Assert.That(File.ReadAllText("/proc/self/maps"), Does.Not.Contain(weights.Source));
    }

    [Test]
    public void What_was_read_is_given_back_once_it_is_packed()
    {
        using WeightSet inFile = OpenSmall();
        using WeightSet inMemory = WeightSet.Random(Small, 1);
        Assert.That(HeldBy(inFile), Is.EqualTo(HeldBy(inMemory)));

        // The pool's stock counts too: what lies there is resident.
        static long HeldBy(WeightSet weights)
        {
            NativeMemoryPool.Shared.Trim();
            long before = NativeMemoryCounters.LiveBytes;
            using InferenceSession session = Small.Compile(Device.Native, weights, new SessionOptions { BatchSize = 1, Threads = 1 });
            return NativeMemoryCounters.LiveBytes - before;
        }
    }

    private WeightSet OpenSmall()
    {
        string path = Folder["w.safetensors"];
        using (WeightSet made = WeightSet.Random(Small, 1))
        {
            made.Save(path);
        }

        // So long ago that no clock is too coarse to tell.
        File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddHours(-1));
        return WeightSet.Open(path);
    }

    /// <summary>As another program would, which knows of no locks.</summary>
    private static void ChangeFile(string path, Action<FileStream> change)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        change(file);
    }

    private static TestCaseData Change(string name, Action<FileStream> change) => new TestCaseData(change).SetArgDisplayNames(name);
}
