using System.Buffers.Binary;
using System.IO.Compression;
using Convoy.Imaging;

namespace Convoy.Tests.Imaging;

public class IdxFileTests : FolderFixture
{
    private static readonly byte[] Pixels = Enumerable.Range(0, 3 * 2 * 4).Select(i => (byte)i).ToArray();

    [Test]
    public void Images_are_read_gzipped_or_not_whatever_the_name([Values] bool gzipped)
    {
        byte[] file = Images(3, 2, 4, Pixels);
        IdxImages images = IdxFile.ReadImages(Folder.Write(gzipped ? "plain-name" : "not-zipped.gz", gzipped ? Gzip(file) : file));
        Assert.That(images.Count, Is.EqualTo(3));
        Assert.That(images.Rows, Is.EqualTo(2));
        Assert.That(images.Columns, Is.EqualTo(4));
        Assert.That(images.GetImage(2).ToArray(), Is.EqualTo(Pixels[16..]));
        Assert.That(() => images.GetImage(3).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => images.GetImage(-1).Length, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Labels_are_read_from_a_stream()
    {
        Assert.That(IdxFile.ReadLabels(new MemoryStream(Labels(3, [7, 2, 1])), "labels"), Is.EqualTo(new byte[] { 7, 2, 1 }));
        Assert.That(IdxFile.ReadLabels(new MemoryStream(Gzip(Labels(3, [7, 2, 1]))), "labels"), Is.EqualTo(new byte[] { 7, 2, 1 }));
    }

    [Test]
    public void More_than_the_first_allocation_is_read_whole()
    {
        byte[] pixels = new byte[5000 * 28 * 28];
        new Random(4).NextBytes(pixels);
        IdxImages images = IdxFile.ReadImages(new MemoryStream(Gzip(Images(5000, 28, 28, pixels))), "many");
        Assert.That(images.GetImage(4999).SequenceEqual(pixels.AsSpan(4999 * 784)), Is.True);
        Assert.That(images.GetImage(1338).SequenceEqual(pixels.AsSpan(1338 * 784, 784)), Is.True);
    }

    [Test]
    public void A_wrong_magic_says_what_was_found_and_expected()
    {
        AssertRefused(Labels(3, [7, 2, 1]), "begins with 0x00000801 (a file of labels), not with 0x00000803");
        AssertRefused("\u0089PNG\r\n and so on"u8.ToArray(), "not with 0x00000803 as an IDX file of images does");
        Assert.That(
            () => IdxFile.ReadLabels(Folder.Write("images", Images(3, 2, 4, Pixels))),
            Throws.TypeOf<DatasetException>().With.Message.Contains("0x00000803 (a file of images), not with 0x00000801"));
    }

    [Test]
    public void A_file_with_less_than_it_declares_is_refused()
    {
        byte[] file = Images(3, 2, 4, Pixels);
        AssertRefused(file[..^4], "declares 3 images of 2 x 4 pixels but ends after 2.5 of them; ");
        AssertRefused(file[..16], "but ends after 0 of them; ");
        AssertRefused(file[..9], "ends after 9 of the 16 bytes of an IDX header; ");
        AssertRefused([], "ends after 0 of the 16 bytes of an IDX header; ");
    }

    [Test]
    public void A_gzip_file_cut_short_or_damaged_anywhere_is_refused()
    {
        byte[] pixels = new byte[100 * 28 * 28];
        new Random(4).NextBytes(pixels);
        byte[] file = Gzip(Images(100, 28, 28, pixels));
        for (int length = 2; length < file.Length; length += file.Length / 40)
        {
            AssertRefused(file[..length], "idx");
        }

        byte[] damaged = (byte[])file.Clone();
        damaged[file.Length / 2] ^= 0x55;
        AssertRefused(damaged, "idx");

        byte[] wrongChecksum = (byte[])file.Clone();
        wrongChecksum[^6] ^= 0x55;
        AssertRefused(wrongChecksum, "is a damaged or cut short gzip file; ");
    }

    [Test]
    public void A_file_with_more_than_it_declares_is_refused()
    {
        byte[] file = [.. Images(3, 2, 4, Pixels), 0];
        AssertRefused(file, "declares 3 images of 2 x 4 pixels but goes on after them; ");
        AssertRefused(Gzip(file), "declares 3 images of 2 x 4 pixels but goes on after them; ");
    }

    [Test]
    public void Absurd_sizes_are_refused_without_being_allocated()
    {
        AssertRefused(Images(uint.MaxValue, uint.MaxValue, uint.MaxValue, Pixels), "over the limit of 1 GiB; ");
        AssertRefused(Images(0x80000000, 1 << 16, 1 << 16, Pixels), "over the limit of 1 GiB; ");
        AssertRefused(Images(1_048_577, 32, 32, Pixels), "over the limit of 1 GiB; ");
        AssertRefused(Images(3, 0, 4, Pixels), "declares 3 images of 0 x 4 pixels, which is nothing at all; ");

        byte[] oversized = Images(1_048_576, 32, 32, Pixels);
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(oversized, "declares 1,048,576 images of 32 x 32 pixels but ends after 0.02 of them; ");
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8 << 20));
    }

    [Test]
    public void A_missing_file_and_a_directory_are_refused()
    {
        Assert.That(() => IdxFile.ReadImages(Folder["none"]), Throws.TypeOf<DatasetException>().With.Message.Contains("none does not exist; "));
        Assert.That(() => IdxFile.ReadImages(Folder.Root), Throws.TypeOf<DatasetException>().With.Message.Contains("is a directory; "));
    }

    internal static byte[] Images(uint count, uint rows, uint columns, byte[] pixels) => Header([0x0803, count, rows, columns], pixels);

    internal static byte[] Labels(uint count, byte[] labels) => Header([0x0801, count], labels);

    internal static byte[] Gzip(byte[] bytes)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return zipped.ToArray();
    }

    private static byte[] Header(uint[] words, byte[] data)
    {
        byte[] file = new byte[(words.Length * 4) + data.Length];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(i * 4), words[i]);
        }

        data.CopyTo(file, words.Length * 4);
        return file;
    }

    private void AssertRefused(byte[] file, string sentence)
    {
        string path = Folder.Write("idx", file);
        Assert.That(
            () => IdxFile.ReadImages(path),
            Throws.TypeOf<DatasetException>().With.Message.StartsWith(path).And.Message.Contains(sentence).And.Message.EndsWith("."));
    }
}
