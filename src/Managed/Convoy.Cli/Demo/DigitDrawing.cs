using System.Text;
using CommunityToolkit.HighPerformance;

namespace Convoy.Cli.Demo;

/// <summary>Draws digits side by side in characters, darker ones for more ink.</summary>
internal static class DigitDrawing
{
    private const string Shades = " .:-=+*#%@";
    private const int Margin = 6;
    private const string Gap = "    ";

    // A character is about twice as high as it is wide.
    private const int RowsPerCharacter = 2;

    /// <summary>The columns a digit of an extent takes, the gap behind it included.</summary>
    public static int WidthOf(int extent) => extent - (2 * Margin) + Gap.Length;

    /// <summary>Draws square images of numbers from 0 to 1, without their empty margins.</summary>
    public static IEnumerable<string> Draw(float[][] images, int extent)
    {
        for (int row = Margin; row < extent - Margin; row += RowsPerCharacter)
        {
            var line = new StringBuilder();
            foreach (float[] image in images)
            {
                var pixels = new ReadOnlySpan2D<float>(image, extent, extent);
                for (int column = Margin; column < extent - Margin; column++)
                {
                    float ink = (pixels[row, column] + pixels[row + 1, column]) / RowsPerCharacter;
                    line.Append(Shades[(int)(ink * (Shades.Length - 1))]);
                }

                line.Append(Gap);
            }

            yield return line.ToString().TrimEnd();
        }
    }
}
