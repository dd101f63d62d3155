using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Verification;

/// <summary>Runs the way in, the way out and changes of layout over two made-up images: what comes out is known exactly, but for the normalisation's rounding.</summary>
internal sealed class BoundaryCheck(DeviceMemory memory)
{
    private const int MostImages = 2;
    private const float Amplitude = 100;
    private const double ExactTolerance = 1e-30;
    private const double NormalizedTolerance = 1e-6;
    private const int PieceNumbers = 1 << 16;

    /// <summary>The way in, for numbers and, where there is a normalisation, for bytes.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public Discrepancy Run(OpenClEntry entry, Shape shape, Layout to, PixelNormalization? normalization, int images)
    {
        float[] numbers = Numbers(shape, images);
        using var arena = new CheckArena();
        long output = arena.Add(numbers.Length);
        arena.Open(memory, 0);
        var context = new RegionContext { Arena = arena.Arena, Output = output, Images = images, Region = -1 };
        entry.Run(numbers, context);
        Discrepancy found = Exactly(arena.Read(output), ValueLayout.Arrange(numbers, shape, to));
        if (normalization is null)
        {
            return found;
        }

        arena.Arena.Complete(context);
        var bytes = new byte[numbers.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)SyntheticNumbers.Mix((uint)i);
        }

        entry.Run(bytes, context);
        Discrepancy ofBytes = Normalized(arena.Read(output), shape, to, normalization);
        return found.Share > ofBytes.Share ? found : ofBytes;
    }

    /// <summary>The way out.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public Discrepancy Run(OpenClExit exit, Shape shape, Layout from, int images)
    {
        float[] numbers = Numbers(shape, images);
        using var arena = new CheckArena();
        long input = arena.Add(numbers.Length);
        arena.Open(memory, 0);
        arena.Write(input, ValueLayout.Arrange(numbers, shape, from));
        var scores = new float[numbers.Length];
        Array.Fill(scores, float.NaN);
        var context = new RegionContext { Arena = arena.Arena, Inputs = new ReadOnlySpan<long>(in input), Images = images, Region = -1 };
        exit.Begin(context);
        exit.Complete(scores, context);
        return Exactly(scores, numbers);
    }

    /// <summary>A change of layout.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public Discrepancy Run(PreparedOpenClRegion transform, Shape shape, int images)
    {
        float[] numbers = Numbers(shape, images);
        using var arena = new CheckArena();
        (long input, long output) = (arena.Add(numbers.Length), arena.Add(numbers.Length));
        arena.Open(memory, 0);
        arena.Write(input, ValueLayout.Arrange(numbers, shape, transform.InputLayout));
        transform.Run(new RegionContext { Arena = arena.Arena, Inputs = new ReadOnlySpan<long>(in input), Output = output, Images = images });
        return Exactly(arena.Read(output), ValueLayout.Arrange(numbers, shape, transform.OutputLayout));
    }

    /// <summary>How many images it takes of so many at most.</summary>
    public static int CountImages(Shape shape, int most) => Math.Min(shape.Count > RegionCheck.LargeMap ? 1 : MostImages, most);

    private static float[] Numbers(Shape shape, int images)
    {
        var numbers = new float[shape.Count * images];
        SyntheticNumbers.Fill(numbers, 0, Amplitude);
        return numbers;
    }

    private static Discrepancy Exactly(float[] found, float[] expected) => InPieces(found, i => new ExpectedNumber(expected[i], ExactTolerance));

    private static Discrepancy Normalized(float[] found, Shape shape, Layout to, PixelNormalization normalization)
    {
        int count = (int)shape.Count;
        var numbers = new int[count];
        for (int number = 0; number < count; number++)
        {
            numbers[ValueLayout.PlaceOf(number, shape, to)] = number;
        }

        return InPieces(found, i =>
        {
            // Bytes come pixel by pixel.
            (int image, int place) = Math.DivRem(i, count);
            (int channel, int pixel) = Math.DivRem(numbers[place], shape.Height * shape.Width);
            int source = (image * count) + (pixel * shape.Channels) + channel;
            double scaled = (double)(byte)SyntheticNumbers.Mix((uint)source) * normalization.Scale[channel];
            double size = Math.Abs(scaled) + Math.Abs(normalization.Shift[channel]);
            return new ExpectedNumber(scaled + normalization.Shift[channel], (NormalizedTolerance * size) + ExactTolerance);
        });
    }

    /// <summary>Numbers held against what they should be, piece by piece: what is expected takes several times the room of the numbers.</summary>
    private static Discrepancy InPieces(float[] found, Func<int, ExpectedNumber> expect)
    {
        var expected = new ExpectedNumber[Math.Min(found.Length, PieceNumbers)];
        Discrepancy worst = default;
        for (int first = 0; first < found.Length; first += expected.Length)
        {
            int length = Math.Min(expected.Length, found.Length - first);
            for (int i = 0; i < length; i++)
            {
                expected[i] = expect(first + i);
            }

            var piece = Discrepancy.Between(found.AsSpan(first, length), expected.AsSpan(0, length));
            worst = piece.Share > worst.Share ? piece : worst;
        }

        return worst;
    }
}
