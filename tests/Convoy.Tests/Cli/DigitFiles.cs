using Convoy.Cli.Demo;
using Convoy.Imaging;
using SkiaSharp;

namespace Convoy.Tests.Cli;

/// <summary>The demo's digits as image files.</summary>
internal static class DigitFiles
{
    private const int DigitExtent = 28;
    private static readonly Lazy<MnistDataset> Digits = new(DemoDigits.Load);

    /// <summary>Writes one of the digits as a grey PNG, and returns its path.</summary>
    public static string WriteDigit(this TemporaryFolder folder, string name, int index) => folder.WriteGrey(name, PixelsOf(index));

    /// <summary>Writes a grey PNG of a digit's size, and returns its path.</summary>
    public static string WriteGrey(this TemporaryFolder folder, string name, byte[] pixels)
    {
        using var bitmap = new SKBitmap(DigitExtent, DigitExtent, SKColorType.Gray8, SKAlphaType.Opaque);
        pixels.CopyTo(bitmap.GetPixelSpan());
        using SKData encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return folder.Write(name, encoded.ToArray());
    }

    /// <summary>The bytes of digit <paramref name="index"/>, row by row.</summary>
    public static byte[] PixelsOf(int index)
    {
        float[] pixels = new float[DigitExtent * DigitExtent];
        Digits.Value.CopyImage(index, pixels, DigitExtent, DigitExtent);
        return Array.ConvertAll(pixels, pixel => (byte)MathF.Round(255 * pixel));
    }

    /// <summary>A digit's bytes as dark ink on light paper, and with rows and columns exchanged, where asked for.</summary>
    public static byte[] Spoil(byte[] pixels, bool invert, bool transpose) =>
    [
        .. Enumerable.Range(0, pixels.Length).Select(i =>
        {
            byte value = pixels[transpose ? ((i % DigitExtent) * DigitExtent) + (i / DigitExtent) : i];
            return (byte)(invert ? 255 - value : value);
        }),
    ];

    /// <summary>What digit <paramref name="index"/> shows.</summary>
    public static int LabelOf(int index) => Digits.Value.GetLabel(index);
}
