namespace Convoy.Weights;

/// <summary>
/// Normally distributed numbers, the same bits on every machine (G. E. P. Box and M. E. Muller, "A note on the generation
/// of random normal deviates", 1958). The logarithm, sine and cosine are Taylor series in double precision here, because
/// those of C libraries differ in the last bit; IEEE 754 fixes the results of the additions, multiplications, divisions
/// and square roots they are made of.
/// </summary>
internal static class NormalNumbers
{
    /// <summary>Each block has a generator of its own, so that how blocks are shared out among threads changes nothing.</summary>
    private const int BlockLength = 1 << 16;

    private const double TwoToMinus53 = 1.0 / (1L << 53);

    /// <summary>Numbers of mean 0 and deviation 1 that depend on the seed and the tensor's name, and on nothing else.</summary>
    public static float[] Create(int seed, string tensor, int count, Action<long>? progress = null)
    {
        float[] values = GC.AllocateUninitializedArray<float>(count);
        int blocks = ((count - 1) / BlockLength) + 1;
        Parallel.For(0, blocks, block =>
        {
            int start = block * BlockLength;
            int length = Math.Min(BlockLength, count - start);
            Fill(Xoshiro256.ForBlock(seed, tensor, block), values.AsSpan(start, length));
            progress?.Invoke(length);
        });
        return values;
    }

    private static void Fill(Xoshiro256 random, Span<float> values)
    {
        for (int i = 0; i < values.Length; i += 2)
        {
            // From (0, 1], so that the logarithm is finite.
            double radius = Math.Sqrt(-2 * Log(((random.Next() >> 11) + 1) * TwoToMinus53));
            (double sine, double cosine) = SinCosOfTurn(random.Next());
            values[i] = (float)(radius * cosine);
            if (i + 1 < values.Length)
            {
                values[i + 1] = (float)(radius * sine);
            }
        }
    }

    /// <summary>
    /// The natural logarithm of a positive normal number m 2^e, m in [sqrt(1/2), sqrt(2)): e log 2 + 2 artanh(s) with
    /// s = (m - 1) / (m + 1), |s| below 0.172. The first term left out is below 1e-15 of the sum.
    /// </summary>
    private static double Log(double x)
    {
        const double Log2 = 0.693147180559945309417;
        const double RootOfTwo = 1.41421356237309504880;
        long bits = BitConverter.DoubleToInt64Bits(x);
        long exponent = (bits >> 52) - 1023;
        double m = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000);
        if (m >= RootOfTwo)
        {
            m *= 0.5;
            exponent++;
        }

        double s = (m - 1) / (m + 1);
        double q = s * s;
        double series = 1.0 / 17;
        series = (series * q) + (1.0 / 15);
        series = (series * q) + (1.0 / 13);
        series = (series * q) + (1.0 / 11);
        series = (series * q) + (1.0 / 9);
        series = (series * q) + (1.0 / 7);
        series = (series * q) + (1.0 / 5);
        series = (series * q) + (1.0 / 3);
        series = (series * q) + 1;
        return (exponent * Log2) + (2 * s * series);
    }

    /// <summary>
    /// Sine and cosine of an angle of 2^-64 turns times the bits: the upper two bits choose the quadrant, the rest an
    /// angle within 45 degrees of its middle axis. The first terms left out are below 3e-14.
    /// </summary>
    private static (double Sine, double Cosine) SinCosOfTurn(ulong turn)
    {
        double x = ((long)(turn << 2) >> 11) * (Math.PI / 2 * TwoToMinus53);
        double q = x * x;
        double sine = 1.0 / 6227020800;
        sine = (sine * q) - (1.0 / 39916800);
        sine = (sine * q) + (1.0 / 362880);
        sine = (sine * q) - (1.0 / 5040);
        sine = (sine * q) + (1.0 / 120);
        sine = (sine * q) - (1.0 / 6);
        sine = ((sine * q) + 1) * x;
        double cosine = -1.0 / 87178291200;
        cosine = (cosine * q) + (1.0 / 479001600);
        cosine = (cosine * q) - (1.0 / 3628800);
        cosine = (cosine * q) + (1.0 / 40320);
        cosine = (cosine * q) - (1.0 / 720);
        cosine = (cosine * q) + (1.0 / 24);
        cosine = (cosine * q) - (1.0 / 2);
        cosine = (cosine * q) + 1;
        return (turn >> 62) switch
        {
            0 => (sine, cosine),
            1 => (cosine, -sine),
            2 => (-sine, -cosine),
            _ => (-cosine, sine),
        };
    }
}
