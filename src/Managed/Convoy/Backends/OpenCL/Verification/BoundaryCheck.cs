using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Verification;

/// <summary>Runs the way in, the way out and changes of layout over two made-up images: what comes out is known exactly, but for the normalisation's rounding.</summary>
internal sealed class BoundaryCheck(DeviceMemory memory)
{
    private const int MostImages = 2;
    private const float Amplitude = 100;
    private const double ExactTolerance = 1e-30;
    private const double NormalizedTolerance = 1e-6;

    /// <summary>The way in, for numbers and, where there is a normalisation, for bytes.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public Discrepancy Run(OpenClEntry entry, Shape shape, Layout to, PixelNormalization? normalization, int mostImages)
    {
        (float[] numbers, int images) = Numbers(shape, mostImages);
        using var arena = new CheckArena();
        long output = arena.Add(numbers.Length);
        arena.Open(memory, 0);
        var context = new RegionContext { Arena = arena.Arena, Output = output, Images = images, Region = -1 };
        entry.Run(numbers, context);
        Discrepancy found = Discrepancy.Between(arena.Read(output), Exactly(ValueLayout.Arrange(numbers, shape, to)));
        if (normalization is null)
        {
            return found;
        }

        arena.Arena.Complete(context);
        entry.Run([.. Enumerable.Range(0, numbers.Length).Select(i => (byte)SyntheticNumbers.Mix((uint)i))], context);
        Discrepancy ofBytes = Discrepancy.Between(arena.Read(output), Normalized(numbers.Length, shape, to, normalization));
        return found.Share > ofBytes.Share ? found : ofBytes;
    }

    /// <summary>The way out.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public Discrepancy Run(OpenClExit exit, Shape shape, Layout from, int mostImages)
    {
        (float[] numbers, int images) = Numbers(shape, mostImages);
        using var arena = new CheckArena();
        long input = arena.Add(numbers.Length);
        arena.Open(memory, 0);
        arena.Write(input, ValueLayout.Arrange(numbers, shape, from));
        var scores = new float[numbers.Length];
        Array.Fill(scores, float.NaN);
        var context = new RegionContext { Arena = arena.Arena, Inputs = new ReadOnlySpan<long>(in input), Images = images, Region = -1 };
        exit.Begin(context);
        exit.Complete(scores, context);
        return Discrepancy.Between(scores, Exactly(numbers));
    }

    /// <summary>A change of layout.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public Discrepancy Run(PreparedOpenClRegion transform, Shape shape, int mostImages)
    {
        (float[] numbers, int images) = Numbers(shape, mostImages);
        using var arena = new CheckArena();
        (long input, long output) = (arena.Add(numbers.Length), arena.Add(numbers.Length));
        arena.Open(memory, 0);
        arena.Write(input, ValueLayout.Arrange(numbers, shape, transform.InputLayout));
        transform.Run(new RegionContext { Arena = arena.Arena, Inputs = new ReadOnlySpan<long>(in input), Output = output, Images = images });
        return Discrepancy.Between(arena.Read(output), Exactly(ValueLayout.Arrange(numbers, shape, transform.OutputLayout)));
    }

    /// <summary>How many images it takes of so many at most.</summary>
    public static int CountImages(int most) => Math.Min(MostImages, most);

    private static (float[] Numbers, int Images) Numbers(Shape shape, int mostImages)
    {
        int images = CountImages(mostImages);
        var numbers = new float[shape.Count * images];
        SyntheticNumbers.Fill(numbers, 0, Amplitude);
        return (numbers, images);
    }

    private static ExpectedNumber[] Exactly(float[] numbers) => Array.ConvertAll(numbers, number => new ExpectedNumber(number, ExactTolerance));

    private static ExpectedNumber[] Normalized(int count, Shape shape, Layout to, PixelNormalization normalization)
    {
        var expected = new ExpectedNumber[count];
        for (int i = 0; i < count; i++)
        {
            // Bytes come pixel by pixel.
            (int image, int place) = Math.DivRem(i, (int)shape.Count);
            (int pixel, int channel) = Math.DivRem(place, shape.Channels);
            double scaled = (double)(byte)SyntheticNumbers.Mix((uint)i) * normalization.Scale[channel];
            int number = (channel * shape.Height * shape.Width) + pixel;
            double size = Math.Abs(scaled) + Math.Abs(normalization.Shift[channel]);
            expected[(image * (int)shape.Count) + ValueLayout.PlaceOf(number, shape, to)] =
                new ExpectedNumber(scaled + normalization.Shift[channel], (NormalizedTolerance * size) + ExactTolerance);
        }

        return expected;
    }
}
