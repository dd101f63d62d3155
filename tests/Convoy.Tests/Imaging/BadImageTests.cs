using Convoy.Imaging;

namespace Convoy.Tests.Imaging;

public class BadImageTests : FolderFixture
{
    private static readonly ImageDecoder Decoder = new(ImagePreset.ImageNet, 3, 32, 32);
    private static readonly float[] Image = new float[3 * 32 * 32];

    [Test]
    public void An_image_cut_short_anywhere_is_an_error_and_not_half_a_picture()
    {
        IEnumerable<(string Name, byte[] File)> formats = TestImages.AllFormats(120, 90, TestImages.Noise(120, 90, seed: 1));
        foreach ((string name, byte[] file) in formats.Append(("progressive JPEG", TestImages.ProgressiveJpeg)))
        {
            Assert.That(() => Decoder.Decode(file, name, Image), Throws.Nothing, name);
            for (int sixteenths = 0; sixteenths < 16; sixteenths++)
            {
                byte[] cut = file[..(file.Length * sixteenths / 16)];
                Assert.That(() => Decoder.Decode(cut, name, Image), Throws.TypeOf<ImageException>(), $"{name}, {sixteenths}/16");
            }
        }
    }

    [Test]
    public void A_truncated_jpeg_is_told_with_its_size()
    {
        byte[] cut = TestImages.Jpeg(120, 90, TestImages.Noise(120, 90, seed: 1))[..4096];
        AssertRefused(Folder.Write("cut.jpg", cut), "cut.jpg is cut short: its 4,096 bytes hold only a part of a JPEG image of 120 x 90 pixels; ");
    }

    [Test]
    public void Random_damage_ends_in_a_picture_or_an_ImageException()
    {
        var random = new Random(20);
        foreach ((string name, byte[] file) in TestImages.AllFormats(40, 30, TestImages.Smooth).Append(("progressive JPEG", TestImages.ProgressiveJpeg)))
        {
            for (int round = 0; round < 300; round++)
            {
                byte[] damaged = (byte[])file.Clone();
                for (int i = random.Next(1, 6); i > 0; i--)
                {
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                }

                DecodeOrRefuse(() => Decoder.Decode(damaged, name, Image));
            }
        }
    }

    [Test]
    public void Every_hostile_file_decodes_or_is_refused()
    {
        string[] files = Directory.GetFiles(SharedData.Require("images-bad"));
        Assert.That(files, Has.Length.EqualTo(160));
        int refused = files.Count(file => !DecodeOrRefuse(() => Decoder.Decode(file, Image)));
        Assert.That(refused, Is.GreaterThan(100));
    }

    [Test]
    public void Every_corrupt_png_of_the_suite_is_refused()
    {
        string[] files = Directory.GetFiles(SharedData.Require("pngsuite"), "x*.png");
        Assert.That(files, Has.Length.EqualTo(14));
        foreach (string file in files)
        {
            AssertRefused(file, Path.GetFileName(file));
        }
    }

    [Test]
    public void An_empty_file_is_refused() => AssertRefused(Folder.Write("empty.png", []), "empty.png is empty; ");

    [Test]
    public void A_missing_file_is_refused() => AssertRefused(Folder["none.png"], "none.png does not exist; ");

    [Test]
    public void A_file_in_a_missingFolder_is_refused() => AssertRefused(Folder["no/none.png"], "none.png does not exist; ");

    [Test]
    public void A_directory_is_refused() => AssertRefused(Folder.Root, $"{Folder.Root} is a directory; ");

    [Test]
    public void A_file_without_permission_is_told_so() =>
        Assert.That(FileProblem.Describe("secret.png", new UnauthorizedAccessException()), Does.StartWith("secret.png may not be read by this user; "));

    [Test]
    public void Other_files_are_refused()
    {
        AssertRefused(Folder.Write("notes.txt", "just some words"u8.ToArray()), "notes.txt is not a JPEG, PNG, BMP or WebP image; ");
        AssertRefused(Folder.Write("still.gif", "GIF89a\u0001\0\u0001\0\0\0\0;"u8.ToArray()), "still.gif is not a JPEG, PNG, BMP or WebP image; ");
    }

    [Test]
    public void A_header_that_declares_too_many_pixels_is_refused_before_they_are_allocated()
    {
        AssertRefused(Folder.Write("bomb.png", TestImages.PngHeader(60_000, 60_000)), "bomb.png declares 60000 x 60000 pixels, over the limit of 100 megapixels; ");
        var strict = new ImageDecoder(ImagePreset.ImageNet, 3, 32, 32) { MaxPixels = 99 };
        Assert.That(() => strict.Decode(TestImages.Png(10, 10, TestImages.Smooth), "ten", Image), Throws.TypeOf<ImageException>().With.Message.Contains("0.000099 megapixels"));
        Assert.That(() => strict.Decode(TestImages.Png(9, 11, TestImages.Smooth), "nine", Image), Throws.Nothing);
    }

    [Test]
    public void A_file_of_too_many_bytes_is_refused()
    {
        byte[] file = TestImages.Bmp(40, 30, TestImages.Smooth);
        string path = Folder.Write("big.bmp", file);
        var strict = new ImageDecoder(ImagePreset.ImageNet, 3, 32, 32) { MaxFileBytes = file.Length - 1 };
        Assert.That(() => strict.Decode(path, Image), Throws.TypeOf<ImageException>().With.Message.Contains("big.bmp is larger than the limit of 0 MiB"));
        var fitting = new ImageDecoder(ImagePreset.ImageNet, 3, 32, 32) { MaxFileBytes = file.Length };
        Assert.That(() => fitting.Decode(path, Image), Throws.Nothing);
    }

    [Test]
    public void Limits_that_make_no_sense_are_refused()
    {
        Assert.That(() => new ImageDecoder(ImagePreset.ImageNet, 3, 32, 32) { MaxPixels = 0 }, Throws.InstanceOf<ArgumentException>());
        Assert.That(() => new ImageDecoder(ImagePreset.ImageNet, 3, 32, 32) { MaxFileBytes = long.MaxValue }, Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void A_span_of_the_wrong_length_is_refused()
    {
        byte[] file = TestImages.Png(40, 30, TestImages.Smooth);
        string path = Folder.Write("good.png", file);
        foreach (int length in new[] { 0, Image.Length - 1, Image.Length + 1 })
        {
            Assert.That(() => Decoder.Decode(path, new float[length]), Throws.ArgumentException.With.Message.Contains("3 x 32 x 32 has 3072"));
            Assert.That(() => Decoder.Decode(file, "good", new float[length]), Throws.ArgumentException);
            Assert.That(() => Decoder.DecodeBytes(path, new byte[length]), Throws.ArgumentException);
            Assert.That(() => Decoder.DecodeBytes(file, "good", new byte[length]), Throws.ArgumentException);
        }
    }

    private static bool DecodeOrRefuse(Action decode)
    {
        Array.Fill(Image, float.NaN);
        try
        {
            decode();
        }
        catch (ImageException error)
        {
            Assert.That(error.Message, Does.EndWith("."));
            return false;
        }

        Assert.That(Image, Is.All.InRange(-3f, 3f));
        return true;
    }

    private static void AssertRefused(string path, string sentence)
    {
        Assert.That(() => Decoder.Decode(path, Image), Throws.TypeOf<ImageException>().With.Message.Contains(sentence));
        Assert.That(() => Decoder.DecodeBytes(path, new byte[Image.Length]), Throws.TypeOf<ImageException>().With.Message.Contains(sentence));
    }
}
