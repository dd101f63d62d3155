namespace Convoy.Tests.Conformance;

/// <summary>Compares answers of independent origin.</summary>
internal static class Agreement
{
    private const float Tolerance = 1e-4f;
    private const double WholeTolerance = 1e-4;

    /// <summary>Asserts that every number is finite and within max(1e-4, 1e-4 |expected|).</summary>
    public static void Check(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length), "The two answers have one length.");
        Assert.That(CountNonFinite(expected), Is.Zero, "The expected numbers are finite.");
        Assert.That(CountNonFinite(actual), Is.Zero, "The numbers are finite.");
        for (int i = 0; i < actual.Length; i++)
        {
            float allowed = Math.Max(Tolerance, Tolerance * Math.Abs(expected[i]));
            if (Math.Abs(actual[i] - expected[i]) > allowed)
            {
                Assert.Fail($"Number {i} of {actual.Length} is {actual[i]:R}, but {expected[i]:R} is expected, to within {allowed:R}.");
            }
        }
    }

    /// <summary>
    /// Asserts that the error as a whole, sqrt(sum (actual - expected)^2 / sum expected^2), is at most 1e-4. Probabilities
    /// of many classes are so small that they would pass number by number whatever they were.
    /// </summary>
    public static void CheckWhole(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected)
    {
        double error = 0;
        double whole = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            error += Math.Pow((double)actual[i] - expected[i], 2);
            whole += Math.Pow(expected[i], 2);
        }

        Assert.That(Math.Sqrt(error / whole), Is.AtMost(WholeTolerance), "The relative error of the whole answer.");
    }

    private static int CountNonFinite(ReadOnlySpan<float> values)
    {
        int count = 0;
        foreach (float value in values)
        {
            count += float.IsFinite(value) ? 0 : 1;
        }

        return count;
    }
}
