using Convoy.Imaging;
using SkiaSharp;

namespace Convoy.Tests.Imaging;

public class FormatTests
{
    private const int Side = 224;

    private static readonly ImageDecoder Decoder = new(ImagePreset.ImageNet, 3, Side, Side);

    [Test]
    public void Every_format_gives_the_picture()
    {
        foreach ((string name, byte[] file) in TestImages.AllFormats(300, 256, TestImages.Smooth))
        {
            AssertUpright(Decode(file), TestImages.Smooth, 300, 256, tolerance: name is "JPEG" or "lossy WebP" ? 6 : 0, name);
        }
    }

    [Test]
    public void Grey_pictures_fill_every_channel([Values] bool jpeg)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(256, 256, SKColorType.Gray8, SKAlphaType.Opaque));
        Span<byte> bytes = bitmap.GetPixelSpan();
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i % 256);
        }

        using SKData data = bitmap.Encode(jpeg ? SKEncodedImageFormat.Jpeg : SKEncodedImageFormat.Png, 100);
        AssertUpright(Decode(data.ToArray()), (x, _) => new SKColor((byte)x, (byte)x, (byte)x), 256, 256, tolerance: jpeg ? 2 : 0, "grey");
    }

    [Test]
    public void Alpha_is_dropped_and_not_blended()
    {
        Func<int, int, SKColor> noise = TestImages.Noise(256, 256, seed: 3);
        byte[] file = TestImages.Png(256, 256, (x, y) => noise(x, y).WithAlpha((byte)x));
        AssertUpright(Decode(file), noise, 256, 256, tolerance: 0, "alpha in PNG");
        file = TestImages.Webp(256, 256, (x, y) => noise(x, y).WithAlpha(128));
        AssertUpright(Decode(file), noise, 256, 256, tolerance: 0, "alpha in WebP");
    }

    [Test]
    public void A_progressive_jpeg_decodes()
    {
        byte[] image = Decode(TestImages.ProgressiveJpeg);
        Assert.That(image.Distinct().Count(), Is.GreaterThan(50));
    }

    [Test]
    public void Exif_orientation_turns_the_picture_upright([Range(1, 8)] int orientation)
    {
        const int Width = 300, Height = 256;
        byte[] png = TestImages.PngWithOrientation(Stored(TestImages.Noise(Width, Height, seed: 5), TestImages.Png), orientation);
        AssertUpright(Decode(png), TestImages.Noise(Width, Height, seed: 5), Width, Height, tolerance: 0, "PNG");
        byte[] jpeg = TestImages.JpegWithOrientation(Stored(TestImages.Smooth, (width, height, pixel) => TestImages.Jpeg(width, height, pixel)), orientation);
        AssertUpright(Decode(jpeg), TestImages.Smooth, Width, Height, tolerance: 6, "JPEG");

        // Which pixel of the upright picture a file of this orientation stores in column x of row y.
        byte[] Stored(Func<int, int, SKColor> upright, Func<int, int, Func<int, int, SKColor>, byte[]> encode)
        {
            Func<int, int, SKColor> stored = orientation switch
            {
                1 => upright,
                2 => (x, y) => upright(Width - 1 - x, y),
                3 => (x, y) => upright(Width - 1 - x, Height - 1 - y),
                4 => (x, y) => upright(x, Height - 1 - y),
                5 => (x, y) => upright(y, x),
                6 => (x, y) => upright(Width - 1 - y, x),
                7 => (x, y) => upright(Width - 1 - y, Height - 1 - x),
                _ => (x, y) => upright(y, Height - 1 - x),
            };
            return orientation >= 5 ? encode(Height, Width, stored) : encode(Width, Height, stored);
        }
    }

    [Test]
    public void A_turned_picture_is_resampled_as_the_upright_one_is()
    {
        Func<int, int, SKColor> noise = TestImages.Noise(411, 333, seed: 9);
        byte[] upright = Decode(TestImages.Png(411, 333, noise));
        byte[] turned = Decode(TestImages.PngWithOrientation(TestImages.Png(333, 411, (x, y) => noise(410 - y, x)), 6));
        Assert.That(Array.ConvertAll(turned, value => (int)value), Is.EqualTo(upright).Within(1));
    }

    [TestCase(0)]
    [TestCase(9)]
    public void An_orientation_that_makes_no_sense_is_passed_over(int orientation)
    {
        byte[] png = TestImages.PngWithOrientation(TestImages.Png(300, 256, TestImages.Smooth), orientation);
        AssertUpright(Decode(png), TestImages.Smooth, 300, 256, tolerance: 0, "PNG");
    }

    private static byte[] Decode(byte[] file)
    {
        byte[] image = new byte[3 * Side * Side];
        Decoder.DecodeBytes(file, "test", image);
        return image;
    }

    private static void AssertUpright(byte[] image, Func<int, int, SKColor> pixel, int width, int height, int tolerance, string what)
    {
        for (int i = 0; i < Side * Side; i++)
        {
            SKColor color = pixel((i % Side) + ((width - Side) / 2), (i / Side) + ((height - Side) / 2));
            int[] found = [image[3 * i], image[(3 * i) + 1], image[(3 * i) + 2]];
            Assert.That(found, Is.EqualTo(new int[] { color.Red, color.Green, color.Blue }).Within(tolerance), $"{what}: row {i / Side}, column {i % Side}");
        }
    }
}
