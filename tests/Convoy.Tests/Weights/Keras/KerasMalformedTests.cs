using System.IO.Compression;
using System.Text;

namespace Convoy.Tests.Weights.Keras;

/// <summary>Files that say what cannot be: one sentence each, whatever is asked of them.</summary>
public sealed class KerasMalformedTests
{
    [Test]
    public void A_file_cut_short_is_refused([Values("keras2-model.h5", "newest.h5", "keras3.weights.h5")] string file)
    {
        byte[] whole = File.ReadAllBytes(KerasFixture.Path(file));
        for (int length = 8; length < whole.Length; length += 97)
        {
            CheckRefused(whole[..length], "");
        }
    }

    [Test]
    public void Extents_beyond_the_file_are_refused()
    {
        // Where a dataspace message has [3, 3, 3, 4].
        CheckRefused(Patch("keras2-model.h5", [3UL, 3, 3, 4], [3UL, 3, 3, 1UL << 40]), "the dataset '/model_weights/conv2d/conv2d/kernel:0' has the extents [3, 3, 3, 1099511627776]");
        CheckRefused(Patch("keras2-model.h5", [3UL, 3, 3, 4], [30_000UL, 30_000, 30_000, 30_000]), "the dataset '/model_weights/conv2d/conv2d/kernel:0' is larger than 2 GiB");
        CheckRefused(Patch("keras2-model.h5", [3UL, 3, 3, 4], [3UL, 3, 3, 0]), "the dataset '/model_weights/conv2d/conv2d/kernel:0' needs 0 bytes, but 432 are stored");
        CheckRefused(Patch("keras2-model.h5", [3UL, 3, 3, 4], [3UL, 3, 3, 5]), "the dataset '/model_weights/conv2d/conv2d/kernel:0' needs 540 bytes, but 432 are stored");
        CheckRefused(Patch("keras2-packed.h5", [3UL, 3, 3, 4], [300UL, 300, 300, 4]), "its datasets together are larger than");
    }

    [Test]
    public void Chunks_that_lie_are_refused()
    {
        // The chunks of [3, 3, 3, 4] are [2, 2, 2, 2], of 4 bytes each number.
        CheckRefused(Patch("keras2-packed.h5", [2U, 2, 2, 2, 4], [0U, 2, 2, 2, 4]), "the dataset '/conv2d/conv2d/kernel:0' has chunks with an extent of 0");
        CheckRefused(Patch("keras2-packed.h5", [2U, 2, 2, 2, 4], [40_000U, 40_000, 2, 2, 4]), "the dataset '/conv2d/conv2d/kernel:0' has chunks of [40000, 40000, 2, 2]");
        CheckRefused(Patch("keras2-packed.h5", [2U, 2, 2, 2, 4], [2U, 2, 2, 2, 8]), "the dataset '/conv2d/conv2d/kernel:0' has chunks of [2, 2, 2, 2]");
        using WeightSet weights = WeightSet.Load(Patch("keras2-packed.h5", [2U, 2, 2, 2, 4], [1U, 2, 2, 2, 4]), "test");
        Assert.That(weights.TryGet("conv2d.weight", out WeightTensor? tensor), Is.True);
        Assert.That(
            () => tensor!.CopyTo(new float[108]),
            Throws.TypeOf<WeightException>().With.Message.StartsWith("Cannot read the weights of 'test': the dataset '/conv2d/conv2d/kernel:0' has a chunk of more or fewer than the 32 bytes that its extents need"));
    }

    [Test]
    public void A_zip_bomb_is_not_unpacked()
    {
        byte[] archive = Zip(("config.json", "{}"u8.ToArray()), ("model.weights.h5", new byte[64 << 20]));
        Assert.That(archive, Has.Length.LessThan(1 << 17));
        CheckRefused(archive, "its configuration names no class of model");
        string json = """{"class_name":"Sequential","config":{"name":"s","layers":[]}}""";
        CheckRefused(
            Zip(("config.json", Encoding.UTF8.GetBytes(json)), ("model.weights.h5", new byte[64 << 20])), "its model.weights.h5 would unpack to more than ");
        CheckRefused(Zip(("config.json", new byte[64 << 20])), "its config.json would unpack to more than ");
    }

    [Test]
    public void An_archive_without_its_parts_is_refused()
    {
        CheckRefused(Zip(("metadata.json", "{}"u8.ToArray())), "it is a Keras model without config.json");
        byte[] whole = File.ReadAllBytes(KerasFixture.Path("keras3-sequential.keras"));
        CheckRefused(whole[..(whole.Length / 2)], "it is a zip archive that is damaged or was cut short");
    }

    [Test]
    public void Another_HDF5_file_is_no_model() =>
        CheckRefused(File.ReadAllBytes(KerasFixture.Path("groups.h5")), "it is an HDF5 file without the layers of a Keras model; save the model's weights with Keras");

    private static byte[] Patch(string file, ulong[] old, ulong[] numbers) => Replace(file, [.. old.SelectMany(BitConverter.GetBytes)], [.. numbers.SelectMany(BitConverter.GetBytes)]);

    private static byte[] Patch(string file, uint[] old, uint[] numbers) => Replace(file, [.. old.SelectMany(BitConverter.GetBytes)], [.. numbers.SelectMany(BitConverter.GetBytes)]);

    private static byte[] Replace(string file, byte[] old, byte[] bytes)
    {
        byte[] whole = File.ReadAllBytes(KerasFixture.Path(file));
        int at = whole.AsSpan().IndexOf(old);
        Assert.That(at, Is.Positive);
        bytes.CopyTo(whole, at);
        return whole;
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] entries)
    {
        var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream entry = archive.CreateEntry(name, CompressionLevel.Optimal).Open();
                entry.Write(content);
            }
        }

        return file.ToArray();
    }

    private static void CheckRefused(byte[] file, string expected) =>
        Assert.That(
            () => WeightSet.Load(file, "test"),
            Throws.TypeOf<WeightException>().With.Message.StartsWith($"Cannot read the weights of 'test': {expected}").And.Message.EndsWith("."));
}
