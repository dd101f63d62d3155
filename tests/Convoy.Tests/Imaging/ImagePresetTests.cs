using Convoy.Imaging;
using SkiaSharp;

namespace Convoy.Tests.Imaging;

public class ImagePresetTests
{
    private static readonly SKColor Orange = new(250, 120, 10);

    [Test]
    public void ImageNet_is_RGB_in_0_to_1_less_mean_over_deviation() =>
        AssertConstant(ImagePreset.ImageNet, ((250 / 255.0) - 0.485) / 0.229, ((120 / 255.0) - 0.456) / 0.224, ((10 / 255.0) - 0.406) / 0.225);

    [Test]
    public void Caffe_is_BGR_in_0_to_255_less_mean() =>
        AssertConstant(ImagePreset.Caffe, 10 - 104.0, 120 - 117.0, 250 - 123.0);

    [Test]
    public void Mnist_is_luma_in_0_to_1_on_a_background_of_0()
    {
        var decoder = new ImageDecoder(ImagePreset.Mnist, 1, 32, 32);
        float[] image = new float[32 * 32];
        Array.Fill(image, float.NaN);
        decoder.Decode(TestImages.Png(70, 50, (_, _) => Orange), "orange", image);
        double luma = Math.Round((0.299 * 250) + (0.587 * 120) + (0.114 * 10)) / 255;
        for (int i = 0; i < image.Length; i++)
        {
            bool inside = i / 32 is >= 2 and < 30 && i % 32 is >= 2 and < 30;
            Assert.That(image[i], Is.EqualTo(inside ? luma : 0).Within(1e-6), $"pixel {i}");
        }
    }

    [TestCase(28, 0)]
    [TestCase(32, 2)]
    [TestCase(33, 2)]
    public void A_digit_of_28_x_28_is_centred_but_not_resized(int side, int margin)
    {
        var decoder = new ImageDecoder(ImagePreset.Mnist, 1, side, side);
        byte[] image = new byte[side * side];
        Array.Fill(image, (byte)0xA5);
        decoder.DecodeBytes(TestImages.Png(28, 28, (x, y) => new SKColor((byte)(x * 9), (byte)(x * 9), (byte)(x * 9))), "digit", image);
        for (int i = 0; i < image.Length; i++)
        {
            (int y, int x) = ((i / side) - margin, (i % side) - margin);
            Assert.That(image[i], Is.EqualTo(x is >= 0 and < 28 && y is >= 0 and < 28 ? x * 9 : 0), $"pixel {i}");
        }
    }

    [Test]
    public void A_background_is_normalised_like_any_other_pixel()
    {
        ImagePreset preset = ImagePreset.ImageNet with { Name = "framed", ResizeShortSide = 0, ContentSide = 4 };
        float[] image = new float[3 * 6 * 6];
        new ImageDecoder(preset, 3, 6, 6).Decode(TestImages.Png(4, 4, (_, _) => Orange), "orange", image);
        Assert.That(image[0], Is.EqualTo(-0.485 / 0.229).Within(1e-6));
        Assert.That(image[^1], Is.EqualTo(-0.406 / 0.225).Within(1e-6));
    }

    [TestCase(ChannelOrder.Rgb)]
    [TestCase(ChannelOrder.Bgr)]
    public void A_picture_of_the_right_size_is_cropped_but_not_resampled(ChannelOrder order)
    {
        const int Side = 224;
        Func<int, int, SKColor> noise = TestImages.Noise(301, 256, seed: 7);
        ImagePreset preset = ImagePreset.ImageNet with { Order = order, Scale = 1, Mean = [0, 0, 0], Deviation = [1, 1, 1] };
        var decoder = new ImageDecoder(preset, 3, Side, Side);
        float[] planes = new float[decoder.ImageLength];
        byte[] pixels = new byte[decoder.ImageLength];
        byte[] file = TestImages.Png(301, 256, noise);
        decoder.Decode(file, "noise", planes);
        decoder.DecodeBytes(file, "noise", pixels);
        for (int i = 0; i < Side * Side; i++)
        {
            SKColor color = noise(38 + (i % Side), 16 + (i / Side));
            byte[] expected = order == ChannelOrder.Rgb ? [color.Red, color.Green, color.Blue] : [color.Blue, color.Green, color.Red];
            float[] found = [planes[i], planes[i + (Side * Side)], planes[i + (2 * Side * Side)]];
            Assert.That(found, Is.EqualTo(expected), $"planes at {i}");
            Assert.That(pixels[(3 * i)..((3 * i) + 3)], Is.EqualTo(expected), $"pixels at {i}");
        }
    }

    [Test]
    public void Caffe_warps_to_a_square_and_then_crops_and_the_others_keep_the_proportions()
    {
        // A ramp over 512 columns: warped to 256, a column is as bright as its number; in proportion, half as bright.
        byte[] file = TestImages.Png(512, 256, (x, _) => new SKColor((byte)(x / 2), 0, 0));
        byte[] warped = new byte[3 * 227 * 227];
        byte[] cropped = new byte[3 * 227 * 227];
        new ImageDecoder(ImagePreset.Caffe with { Order = ChannelOrder.Rgb }, 3, 227, 227).DecodeBytes(file, "ramp", warped);
        new ImageDecoder(ImagePreset.ImageNet, 3, 227, 227).DecodeBytes(file, "ramp", cropped);
        for (int column = 0; column < 227; column++)
        {
            Assert.That(warped[3 * column], Is.EqualTo(14 + column).Within(1), $"warped, {column}");
            Assert.That(cropped[3 * column], Is.EqualTo((142 + column) / 2).Within(1), $"in proportion, {column}");
        }
    }

    [Test]
    public void Inception_is_RGB_from_minus_1_to_1() => AssertConstant(ImagePreset.Inception, (250 / 127.5) - 1, (120 / 127.5) - 1, (10 / 127.5) - 1);

    [TestCase(257, 16)]
    [TestCase(259, 18)]
    public void Half_a_pixel_of_margin_rounds_to_even(int width, int expectedLeft)
    {
        byte[] image = new byte[3 * 224 * 224];
        byte[] file = TestImages.Png(width, 256, (x, _) => new SKColor((byte)x, 0, 0));
        new ImageDecoder(ImagePreset.ImageNet, 3, 224, 224).DecodeBytes(file, "ramp", image);
        Assert.That(image[0], Is.EqualTo(expectedLeft));
    }

    [Test]
    public void A_network_larger_than_the_short_side_is_covered_all_the_same()
    {
        float[] image = new float[3 * 300 * 280];
        new ImageDecoder(ImagePreset.Caffe, 3, 300, 280).Decode(TestImages.Png(90, 120, (_, _) => SKColors.White), "white", image);
        Assert.That(image.Distinct(), Is.EquivalentTo(new float[] { 255 - 104, 255 - 117, 255 - 123 }));
    }

    [Test]
    public void Presets_are_found_by_name()
    {
        foreach (ImagePreset preset in ImagePreset.All)
        {
            Assert.That(ImagePreset.TryFind(preset.Name.ToUpperInvariant(), out ImagePreset? found), Is.True);
            Assert.That(found, Is.SameAs(preset));
        }

        Assert.That(ImagePreset.TryFind("imagenet21k", out _), Is.False);
    }

    [Test]
    public void A_preset_with_other_channels_than_the_network_is_refused_and_a_fitting_one_named() =>
        Assert.That(
            () => new ImageDecoder(ImagePreset.ImageNet, 1, 32, 32),
            Throws.TypeOf<ConvoyException>().With.Message.Contains("imagenet yields 3 channels").And.Message.Contains("has 1; use mnist"));

    [Test]
    public void An_order_of_channels_that_there_is_not_is_refused()
    {
        Assert.That(() => ImagePreset.Caffe with { Order = (ChannelOrder)99 }, Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("no such order"));
        Assert.That(
            () => new ImagePreset("none", (ChannelOrder)99, 0, 1, [0], [1]),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("no such order"));
    }

    [Test]
    public void A_preset_that_does_not_fit_itself_is_refused()
    {
        Assert.That(() => new ImageDecoder(ImagePreset.ImageNet with { Mean = [0] }, 3, 8, 8), Throws.TypeOf<ConvoyException>());
        Assert.That(() => new ImageDecoder(ImagePreset.ImageNet with { Deviation = [1, 0, 1] }, 3, 8, 8), Throws.TypeOf<ConvoyException>());
        Assert.That(() => new ImageDecoder(ImagePreset.ImageNet with { ResizeShortSide = -1 }, 3, 8, 8), Throws.TypeOf<ConvoyException>());
        Assert.That(() => new ImageDecoder(ImagePreset.ImageNet, 3, 0, 8), Throws.InstanceOf<ArgumentException>());
    }

    private static void AssertConstant(ImagePreset preset, params double[] expected)
    {
        var decoder = new ImageDecoder(preset, 3, 227, 227);
        float[] image = new float[decoder.ImageLength];
        Array.Fill(image, float.NaN);
        decoder.Decode(TestImages.Png(640, 480, (_, _) => Orange), "orange", image);
        for (int channel = 0; channel < 3; channel++)
        {
            float[] values = image[(channel * 227 * 227)..((channel + 1) * 227 * 227)].Distinct().ToArray();
            Assert.That(values, Has.Length.EqualTo(1));
            Assert.That(values[0], Is.EqualTo(expected[channel]).Within(1e-6), $"channel {channel}");
        }
    }
}
