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
    public static string WriteDigit(this TemporaryFolder folder, string name, int index)
    {
        float[] pixels = new float[DigitExtent * DigitExtent];
        Digits.Value.CopyImage(index, pixels, DigitExtent, DigitExtent);
        using var bitmap = new SKBitmap(DigitExtent, DigitExtent, SKColorType.Gray8, SKAlphaType.Opaque);
        for (int i = 0; i < pixels.Length; i++)
        {
            bitmap.GetPixelSpan()[i] = (byte)MathF.Round(255 * pixels[i]);
        }

        using SKData encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return folder.Write(name, encoded.ToArray());
    }

    /// <summary>What digit <paramref name="index"/> shows.</summary>
    public static int LabelOf(int index) => Digits.Value.GetLabel(index);
}
