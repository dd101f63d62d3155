using Convoy.Imaging;
using SkiaSharp;

namespace Convoy.Tests.Imaging;

/// <summary>JPEG files without their end-of-image marker: those that hold every pixel, and those that do not.</summary>
public sealed class JpegEndTests
{
    private const int MarkerBytes = 2;
    private const int Side = 64;

    private static readonly byte[] Trailer = [0, 0xFF, 0xDA, 0, 1, .. "SEFHe and whatever a phone writes"u8, 0xFF, 0xD9];
    private static readonly byte[] Thumbnail = TestImages.Jpeg(16, 12, TestImages.Smooth, quality: 50);
    private static readonly ImageDecoder Decoder = new(ImagePreset.ImageNet, 3, Side, Side);

    // Four grey blocks of 8 x 8 side by side, each with a first coefficient of 0 and nothing else, and a restart behind each.
    private static readonly byte[] WithRestarts =
    [
        0xFF, 0xD8,
        0xFF, 0xDB, 0, 67, 0, .. Enumerable.Repeat((byte)1, 64),
        0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 32, 1, 1, 0x11, 0,
        0xFF, 0xC4, 0, 20, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0xFF, 0xC4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0xFF, 0xDD, 0, 4, 0, 1,
        0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0,
        0x3F, 0xFF, 0xD0, 0x3F, 0xFF, 0xD1, 0x3F, 0xFF, 0xD2, 0x3F,
        0xFF, 0xD9,
    ];

    private static IEnumerable<TestCaseData> Pictures()
    {
        yield return new TestCaseData(TestImages.Jpeg(33, 21, TestImages.Noise(33, 21, seed: 7), quality: 100)).SetArgDisplayNames("noise");
        yield return new TestCaseData(TestImages.Jpeg(70, 50, TestImages.Smooth, quality: 80)).SetArgDisplayNames("smooth");
        yield return new TestCaseData(TestImages.Jpeg(40, 40, (_, _) => SKColors.Gray, quality: 90)).SetArgDisplayNames("one colour");
        yield return new TestCaseData(Grey(29, 37)).SetArgDisplayNames("grey");
        yield return new TestCaseData(TestImages.ProgressiveJpeg).SetArgDisplayNames("progressive");
        yield return new TestCaseData(WithRestarts).SetArgDisplayNames("with restarts");
    }

    [TestCaseSource(nameof(Pictures))]
    public void A_jpeg_without_its_end_marker_is_the_same_picture(byte[] file)
    {
        byte[] complete = Decode(file);
        byte[] withoutEnd = file[..^MarkerBytes];
        Assert.That(Decode(withoutEnd), Is.EqualTo(complete));
        Assert.That(Decode([.. withoutEnd, 0xFF]), Is.EqualTo(complete), "half a marker");
        Assert.That(Decode([.. withoutEnd, .. Trailer]), Is.EqualTo(complete), "a trailer");
        Assert.That(Decode([.. file, .. Thumbnail]), Is.EqualTo(complete), "a thumbnail behind the marker");
        Assert.That(Decode([.. withoutEnd, 0, .. Thumbnail]), Is.EqualTo(complete), "a thumbnail behind none");
    }

    [TestCaseSource(nameof(Pictures))]
    public void A_jpeg_cut_anywhere_else_is_an_error(byte[] file)
    {
        for (int length = 0; length < file.Length - MarkerBytes; length++)
        {
            byte[] cut = file[..length];
            Assert.That(() => Decode(cut), Throws.TypeOf<ImageException>(), $"{length} of {file.Length} bytes");
        }
    }

    [TestCaseSource(nameof(Pictures))]
    public void A_jpeg_cut_short_is_an_error_whatever_follows(byte[] file)
    {
        // From within the first scan on, for before it what follows may itself be the picture; and not to its last bytes, for
        // which the trailer's first one can stand in.
        for (int length = file.AsSpan().IndexOf([(byte)0xFF, (byte)0xDA]) + 16; length < file.Length - MarkerBytes - 4; length++)
        {
            byte[] cut = file[..length];
            Assert.That(() => Decode([.. cut, .. Trailer]), Throws.TypeOf<ImageException>(), $"{length} of {file.Length} bytes, a trailer");
            Assert.That(() => Decode([.. cut, 0, .. Thumbnail]), Throws.TypeOf<ImageException>(), $"{length} of {file.Length} bytes, a thumbnail");
        }
    }

    [Test]
    public void A_progressive_jpeg_that_was_saved_without_its_last_details_is_a_picture()
    {
        byte[] file = TestImages.ProgressiveJpeg;
        int last = file.AsSpan().LastIndexOf([(byte)0xFF, (byte)0xDA]);
        int tables = file.AsSpan(..last).LastIndexOf([(byte)0xFF, (byte)0xC4]);
        Assert.That(() => Decode([.. file[..tables], 0xFF, 0xD9]), Throws.Nothing);
    }

    [Test]
    public void A_jpeg_that_lacks_a_scan_is_an_error()
    {
        byte[] file = TestImages.ProgressiveJpeg;
        int[] scans = [.. Enumerable.Range(0, file.Length - 1).Where(i => file[i] == 0xFF && file[i + 1] == 0xDA)];
        Assert.That(scans, Has.Length.EqualTo(10));
        foreach (int scan in scans)
        {
            Assert.That(() => Decode(file[..scan]), Throws.TypeOf<ImageException>());
            Assert.That(() => Decode([.. file[..scan], .. Trailer]), Throws.TypeOf<ImageException>());
            Assert.That(() => Decode([.. file[..scan], 0, .. Thumbnail]), Throws.TypeOf<ImageException>());
        }
    }

    [Test]
    public void A_jpeg_of_scans_without_number_is_refused()
    {
        byte[] file = TestImages.ProgressiveJpeg;
        int last = file.AsSpan().LastIndexOf([(byte)0xFF, (byte)0xDA]);
        byte[] scan = file[last..^MarkerBytes];
        byte[] enough = [.. file[..^MarkerBytes], .. Enumerable.Repeat(scan, 91).SelectMany(each => each), 0xFF, 0xD9];
        Assert.That(() => Decode(enough), Throws.TypeOf<ImageException>().With.Message.Contains("a JPEG image of 101 scans, over the limit of 100"));
    }

    [Test]
    public void A_jpeg_with_a_restart_out_of_turn_and_no_end_marker_is_an_error()
    {
        byte[] file = WithRestarts[..^MarkerBytes];
        file[^2] = 0xD3;
        Assert.That(() => Decode(file), Throws.TypeOf<ImageException>().With.Message.Contains("cut short"));
    }

    [Test]
    public void Random_damage_without_an_end_marker_ends_in_a_picture_or_an_ImageException()
    {
        var random = new Random(8);
        foreach (byte[] file in Pictures().Select(each => (byte[])each.Arguments[0]!))
        {
            for (int round = 0; round < 300; round++)
            {
                byte[] damaged = file[..^MarkerBytes];
                for (int i = random.Next(1, 6); i > 0; i--)
                {
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                }

                try
                {
                    Decode(damaged);
                }
                catch (ImageException error)
                {
                    Assert.That(error.Message, Does.EndWith("."));
                }
            }
        }
    }

    [TestCase("no-eoi.jpg")]
    [TestCase("no-eoi-trailer.jpg")]
    public void The_files_that_were_refused_decode(string name)
    {
        byte[] file = File.ReadAllBytes(SharedData.Require($"cases/{name}"));
        int trailer = file.AsSpan().LastIndexOf("SEFHe"u8);
        byte[] withMarker = [.. file[..(trailer < 0 ? file.Length : trailer)], 0xFF, 0xD9];
        Assert.That(Decode(file), Is.EqualTo(Decode(withMarker)));
        for (int length = withMarker.Length - MarkerBytes - 1; length > 0; length -= 97)
        {
            byte[] cut = file[..length];
            Assert.That(() => Decode(cut), Throws.TypeOf<ImageException>(), $"{length} bytes");
        }
    }

    private static byte[] Decode(byte[] file)
    {
        byte[] image = new byte[3 * Side * Side];
        Decoder.DecodeBytes(file, "test", image);
        return image;
    }

    private static byte[] Grey(int width, int height)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Gray8, SKAlphaType.Opaque));
        new Random(4).NextBytes(bitmap.GetPixelSpan());
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, 95);
        return data.ToArray();
    }
}
