using Convoy.Imaging;
using SkiaSharp;

namespace Convoy.Tests.Imaging;

public class ResizeTests
{
    private static readonly ImagePreset FitExactly = ImagePreset.ImageNet with { Name = "fit", ResizeShortSide = 0 };

    // Computed with Pillow 9.4: Image.resize((w, h), Image.BILINEAR) of the pattern below.
    private static readonly byte[] PillowShrinks61X47To6X5 =
    [
        54, 48, 60, 118, 123, 70, 187, 119, 122, 116, 123, 184, 77, 134, 184, 140, 122, 89, 80, 57, 150, 144, 132, 154, 188, 128, 131, 75,
        125, 101, 102, 135, 108, 166, 116, 140, 108, 66, 136, 172, 140, 134, 152, 135, 128, 66, 124, 121, 130, 123, 121, 194, 125, 132,
        136, 75, 101, 191, 127, 103, 95, 129, 125, 87, 127, 151, 158, 108, 150, 194, 134, 112, 162, 84, 194, 180, 127, 185, 66, 121, 134,
        113, 131, 71, 183, 115, 71, 142, 143, 165,
    ];

    private static readonly byte[] PillowGrows3X2To7X4 =
    [
        0, 0, 0, 1, 0, 1, 4, 1, 3, 7, 1, 5, 10, 2, 7, 13, 4, 9, 14, 4, 10, 1, 0, 3, 2, 0, 4, 5, 1, 6, 8, 1, 7, 11, 2, 7, 14, 4, 8, 15, 4, 8,
        2, 1, 8, 3, 1, 9, 6, 2, 11, 9, 2, 12, 12, 3, 8, 15, 5, 5, 16, 5, 3, 3, 1, 11, 4, 1, 11, 7, 2, 13, 10, 2, 14, 13, 3, 8, 16, 5, 3,
        17, 5, 1,
    ];

    [Test]
    public void Shrinking_gives_Pillows_bytes()
    {
        byte[] image = new byte[PillowShrinks61X47To6X5.Length];
        new ImageDecoder(FitExactly, 3, 5, 6).DecodeBytes(TestImages.Png(61, 47, Pattern), "pattern", image);
        Assert.That(image, Is.EqualTo(PillowShrinks61X47To6X5));
    }

    [Test]
    public void Growing_gives_Pillows_bytes()
    {
        byte[] image = new byte[PillowGrows3X2To7X4.Length];
        new ImageDecoder(FitExactly, 3, 4, 7).DecodeBytes(TestImages.Png(3, 2, Pattern), "pattern", image);
        Assert.That(image, Is.EqualTo(PillowGrows3X2To7X4));
    }

    [TestCase(500, 375)]
    [TestCase(375, 500)]
    [TestCase(86, 108)]
    [TestCase(1000, 701)]
    [TestCase(257, 259)]
    [TestCase(3, 2)]
    [TestCase(1, 1)]
    [TestCase(5000, 2)]
    [TestCase(2, 5000)]
    public void Every_byte_is_within_1_of_the_triangle_filter_in_double_precision(int width, int height)
    {
        const int Side = 61;
        Func<int, int, SKColor> noise = TestImages.Noise(width, height, seed: width + height);
        byte[] image = new byte[3 * Side * Side];
        new ImageDecoder(ImagePreset.ImageNet, 3, Side, Side).DecodeBytes(TestImages.Png(width, height, noise), "noise", image);
        AssertNearOracle(image, noise, width, height, Side);
    }

    [Test]
    public void A_picture_of_20000_x_1_is_resampled_only_where_the_crop_lies([Values] bool jpeg, [Values] bool upended)
    {
        const int Side = 61;
        (int width, int height) = upended ? (1, 20_000) : (20_000, 1);
        Func<int, int, SKColor> pixel = (x, y) => TestImages.Smooth((x + y) % 300, 0);
        byte[] image = new byte[3 * Side * Side];
        var decoder = new ImageDecoder(ImagePreset.ImageNet, 3, Side, Side);
        byte[] file = jpeg ? TestImages.Jpeg(width, height, pixel) : TestImages.Png(width, height, pixel);
        decoder.DecodeBytes(file, "line", image);
        AssertNearOracle(image, pixel, width, height, Side, tolerance: jpeg ? 12 : 1.001);

        // Resized whole it would have 5,120,000 x 256 pixels.
        long before = GC.GetAllocatedBytesForCurrentThread();
        decoder.DecodeBytes(file, "line", image);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void A_picture_of_1_x_1_fills_the_crop([Values] bool jpeg)
    {
        byte[] file = jpeg ? TestImages.Jpeg(1, 1, (_, _) => SKColors.White) : TestImages.Png(1, 1, (_, _) => SKColors.White);
        byte[] image = new byte[3 * 227 * 227];
        new ImageDecoder(ImagePreset.ImageNet, 3, 227, 227).DecodeBytes(file, "dot", image);
        Assert.That(image, Is.All.EqualTo(255));
    }

    [Test]
    public void A_picture_too_large_for_the_pool_decodes_too()
    {
        byte[] image = new byte[3 * 64 * 64];
        byte[] file = TestImages.Png(4200, 4100, (_, _) => new SKColor(1, 2, 3));
        new ImageDecoder(ImagePreset.ImageNet, 3, 64, 64).DecodeBytes(file, "large", image);
        Assert.That(image.Chunk(3), Is.All.EqualTo(new byte[] { 1, 2, 3 }));
    }

    private static SKColor Pattern(int x, int y) =>
        new((byte)((x * 7) + (y * 3)), (byte)((x * x) + y), (byte)((x * 5) ^ (y * 11)));

    /// <summary>The definition of a resize to short side 256 and a centre crop, one output pixel at a time, nothing rounded in between.</summary>
    private static void AssertNearOracle(byte[] image, Func<int, int, SKColor> pixel, int width, int height, int side, double tolerance = 1.001)
    {
        double resizedWidth = width <= height ? 256 : Math.Floor(256.0 * width / height);
        double resizedHeight = width <= height ? Math.Floor(256.0 * height / width) : 256;
        double left = Math.Round((resizedWidth - side) / 2);
        double top = Math.Round((resizedHeight - side) / 2);
        for (int i = 0; i < side * side; i++)
        {
            (int X, double Weight)[] across = Weights(left + (i % side), resizedWidth, width);
            (int Y, double Weight)[] down = Weights(top + (i / side), resizedHeight, height);
            (double red, double green, double blue) = (0, 0, 0);
            foreach ((int y, double weightY) in down)
            {
                foreach ((int x, double weightX) in across)
                {
                    SKColor color = pixel(x, y);
                    red += weightX * weightY * color.Red;
                    green += weightX * weightY * color.Green;
                    blue += weightX * weightY * color.Blue;
                }
            }

            double[] found = [image[3 * i], image[(3 * i) + 1], image[(3 * i) + 2]];
            Assert.That(found, Is.EqualTo(new[] { red, green, blue }).Within(tolerance), $"row {i / side}, column {i % side}");
        }
    }

    private static (int Source, double Weight)[] Weights(double position, double resized, int source)
    {
        double scale = source / resized;
        double centre = (position + 0.5) * scale;
        (int Source, double Weight)[] weights = Enumerable.Range(0, source)
            .Select(s => (s, Math.Max(0, 1 - (Math.Abs(s + 0.5 - centre) / Math.Max(1, scale)))))
            .Where(tap => tap.Item2 > 0).ToArray();
        double total = weights.Sum(tap => tap.Weight);
        return Array.ConvertAll(weights, tap => (tap.Source, tap.Weight / total));
    }
}
