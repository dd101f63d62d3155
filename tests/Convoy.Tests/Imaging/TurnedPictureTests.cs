using Convoy.Imaging;

namespace Convoy.Tests.Imaging;

public class TurnedPictureTests
{
    private const int Side = 48;

    [Test]
    public void Transposing_exchanges_rows_and_columns_of_the_upright_picture([Range(1, 8)] int orientation)
    {
        byte[] file = TestImages.PngWithOrientation(TestImages.Png(101, 77, TestImages.Noise(101, 77, seed: 11)), orientation);
        byte[] upright = Decode(ImagePreset.ImageNet, file);
        byte[] transposed = Decode(ImagePreset.ImageNet with { Transpose = true }, file);
        int[] expected = [.. Enumerable.Range(0, upright.Length).Select(i => (int)upright[(((i / 3 % Side) * Side) + (i / 3 / Side)) * 3 + (i % 3)])];

        // The two passes of resampling are exchanged too.
        Assert.That(Array.ConvertAll(transposed, value => (int)value), Is.EqualTo(expected).Within(1));
        Assert.That(transposed, Is.Not.EqualTo(upright));
    }

    [Test]
    public void Inverting_takes_each_byte_from_255()
    {
        byte[] file = TestImages.Png(101, 77, TestImages.Noise(101, 77, seed: 12));
        byte[] plain = Decode(ImagePreset.ImageNet, file);
        Assert.That(Decode(ImagePreset.ImageNet with { Invert = true }, file), Is.EqualTo(Array.ConvertAll(plain, value => (byte)(255 - value))));
    }

    [Test]
    public void Inverting_leaves_the_background_of_a_fitted_picture()
    {
        ImagePreset preset = ImagePreset.Mnist with { Invert = true };
        float[] image = new float[32 * 32];
        new ImageDecoder(preset, 1, 32, 32).Decode(TestImages.Png(28, 28, (_, _) => new SkiaSharp.SKColor(51, 51, 51)), "grey", image);
        for (int i = 0; i < image.Length; i++)
        {
            bool isPicture = i / 32 is >= 2 and < 30 && i % 32 is >= 2 and < 30;
            Assert.That(image[i], Is.EqualTo(isPicture ? 0.8f : 0f).Within(1e-6), $"pixel {i}");
        }
    }

    [Test]
    public void Digits_are_turned_as_their_pictures_are()
    {
        byte[] pixels = new byte[3 * 5];
        new Random(13).NextBytes(pixels);
        MnistDataset digits = MnistDataset.Read(
            new MemoryStream(IdxFileTests.Images(1, 3, 5, pixels)), new MemoryStream(IdxFileTests.Labels(1, [4])), "digits").Invert().Transpose();
        Assert.That((digits.Rows, digits.Columns, digits.GetLabel(0)), Is.EqualTo((5, 3, 4)));
        float[] image = new float[5 * 3];
        digits.CopyImage(0, image, 5, 3);
        Assert.That(image, Is.EqualTo(Enumerable.Range(0, 15).Select(i => (255 - pixels[((i % 3) * 5) + (i / 3)]) / 255f)).Within(1e-6));
    }

    [Test]
    public void Colour_is_only_dropped_where_grey_is_read()
    {
        byte[] colour = TestImages.Jpeg(64, 64, TestImages.Smooth);
        var rgb = new ImageDecoder(ImagePreset.ImageNet, 3, Side, Side);
        rgb.Decode(colour, "colour", new float[3 * Side * Side]);
        Assert.That(rgb.HasDroppedColour, Is.False);
        var grey = new ImageDecoder(ImagePreset.Mnist, 1, Side, Side);
        grey.Decode(TestImages.Jpeg(64, 64, (x, y) => new SkiaSharp.SKColor((byte)(x * y), (byte)(x * y), (byte)(x * y)), quality: 20), "grey", new float[Side * Side]);
        Assert.That(grey.HasDroppedColour, Is.False);
        grey.Decode(colour, "colour", new float[Side * Side]);
        Assert.That(grey.HasDroppedColour, Is.True);
    }

    private static byte[] Decode(ImagePreset preset, byte[] file)
    {
        byte[] image = new byte[3 * Side * Side];
        new ImageDecoder(preset, 3, Side, Side).DecodeBytes(file, "test", image);
        return image;
    }
}
