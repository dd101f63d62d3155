using Convoy.Cli.Demo;
using Convoy.Imaging;
using SkiaSharp;

namespace Convoy.Tests.Cli;

/// <summary>A folder for one test's files, gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const int DigitExtent = 28;
    private static readonly Lazy<MnistDataset> Digits = new(DemoDigits.Load);

    public string Root { get; } = Directory.CreateTempSubdirectory("convoy-cli-").FullName;

    public string this[string name] => Path.Combine(Root, name);

    /// <summary>Writes a file, with the folders above it.</summary>
    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>Writes one of the demo's digits as a grey PNG, and answers its path.</summary>
    public string WriteDigit(string name, int index)
    {
        float[] pixels = new float[DigitExtent * DigitExtent];
        Digits.Value.CopyImage(index, pixels, DigitExtent, DigitExtent);
        using var bitmap = new SKBitmap(DigitExtent, DigitExtent, SKColorType.Gray8, SKAlphaType.Opaque);
        for (int i = 0; i < pixels.Length; i++)
        {
            bitmap.GetPixelSpan()[i] = (byte)MathF.Round(255 * pixels[i]);
        }

        using SKData encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], encoded.ToArray());
        return this[name];
    }

    /// <summary>What digit <paramref name="index"/> shows.</summary>
    public static int LabelOf(int index) => Digits.Value.GetLabel(index);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
