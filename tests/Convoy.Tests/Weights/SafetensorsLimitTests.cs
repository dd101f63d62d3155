using System.Buffers.Binary;
using System.Text;

namespace Convoy.Tests.Weights;

/// <summary>Headers larger than any network's: refused in a sentence, and before they take time or memory.</summary>
public sealed class SafetensorsLimitTests : FolderFixture
{
    private const int MaxTensors = 100_000;
    private const int MaxMetadata = 10_000;

    [Test]
    public void A_header_of_99_MB_is_refused_before_it_is_read()
    {
        string path = Folder["large.safetensors"];
        using (FileStream file = File.Create(path))
        {
            Span<byte> prefix = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(prefix, 99_000_000);
            file.Write(prefix);
            file.Write("{"u8);
            file.SetLength(102_000_000);
        }

        long allocated = Allocated(() => Assert.That(
            () => WeightSet.Open(path),
            Throws.TypeOf<WeightException>().With.Message.EqualTo(
                $"Cannot read the weights of '{path}': it declares a header of 99,000,000 bytes, but none longer than 16,777,216 is read, "
                + "so it is damaged or no safetensors file.")));
        Assert.That(allocated, Is.LessThan(1 << 20));
    }

    [Test]
    public void More_tensors_than_any_network_has_are_refused()
    {
        using WeightSet most = WeightSet.Load(ManyTensors(MaxTensors), "test");
        Assert.That(most.Tensors, Has.Count.EqualTo(MaxTensors));
        Assert.That(
            () => WeightSet.Load(ManyTensors(MaxTensors + 1), "test"),
            Throws.TypeOf<WeightException>().With.Message.StartsWith("Cannot read the weights of 'test': its header has more than 100,000 tensors,"));
    }

    [Test]
    public void More_metadata_than_any_file_has_is_refused()
    {
        using WeightSet most = WeightSet.Load(ManyTexts(MaxMetadata), "test");
        Assert.That(most.Metadata, Has.Count.EqualTo(MaxMetadata));
        Assert.That(
            () => WeightSet.Load(ManyTexts(MaxMetadata + 1), "test"),
            Throws.TypeOf<WeightException>().With.Message.StartsWith("Cannot read the weights of 'test': its metadata has more than 10,000 texts,"));
    }

    [Test]
    public void A_large_header_takes_memory_in_proportion_and_so_does_its_refusal()
    {
        byte[] file = ManyTensors(MaxTensors);
        Network network = new NetworkBuilder("small", Shape.Vector(3)).FullyConnected("fc", 2).Build();
        long allocated = Allocated(() =>
        {
            using WeightSet weights = WeightSet.Load(file, "test");
            Assert.That(
                () => weights.Validate(network),
                Throws.TypeOf<WeightException>().With.Message.EndsWith("'t2' is [] in test, but the network 'small' has no such tensor; and 99,997 more."));
        });
        TestContext.Out.WriteLine($"{allocated:N0} bytes for a header of {file.Length:N0}");
        Assert.That(allocated, Is.LessThan(10L * file.Length));
    }

    /// <summary>What the calling thread allocates meanwhile.</summary>
    private static long Allocated(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static byte[] ManyTensors(int count)
    {
        var header = new StringBuilder("{");
        for (int i = 0; i < count; i++)
        {
            header.Append(i == 0 ? "" : ",").Append($$"""
                "t{{i}}":{"dtype":"BF16","shape":[],"data_offsets":[{{2 * i}},{{(2 * i) + 2}}]}
                """);
        }

        return SafetensorsBytes.Create(header.Append('}').ToString(), new byte[2 * count]);
    }

    private static byte[] ManyTexts(int count)
    {
        string texts = string.Join(',', Enumerable.Range(0, count).Select(i => $"\"k{i}\":\"\""));
        return SafetensorsBytes.Create("{\"__metadata__\":{" + texts + "}}", []);
    }
}
