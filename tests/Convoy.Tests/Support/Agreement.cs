namespace Convoy.Tests.Support;

/// <summary>Compares an answer with the oracle's.</summary>
public static class Agreement
{
    /// <summary>
    /// Non-finite values first, then each element to max(1e-4, 1e-4 |expected|), then the whole to a relative L2 error:
    /// probabilities of many classes are so small that they would pass one by one whatever they were.
    /// </summary>
    /// <param name="actual">The answer.</param>
    /// <param name="expected">The oracle's.</param>
    /// <param name="what">What it is the answer to.</param>
    /// <param name="relativeError">The most that is allowed of the whole.</param>
    /// <param name="leastNorm">What the error is relative to where the answers nearly cancel out.</param>
    public static void AssertClose(
        ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, string what, double relativeError = 1e-5, double leastNorm = 1e-3)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length), $"{what}: length");
        double error = 0;
        double norm = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            if (!float.IsFinite(actual[i]) || !float.IsFinite(expected[i]))
            {
                Assert.Fail($"{what}: element {i} is {actual[i]}, expected {expected[i]}; both must be finite.");
            }

            double difference = Math.Abs((double)actual[i] - expected[i]);
            if (difference > Math.Max(1e-4, 1e-4 * Math.Abs(expected[i])))
            {
                Assert.Fail($"{what}: element {i} is {actual[i]:R}, expected {expected[i]:R}.");
            }

            error += difference * difference;
            norm += (double)expected[i] * expected[i];
        }

        Assert.That(Math.Sqrt(error), Is.LessThanOrEqualTo(relativeError * Math.Max(Math.Sqrt(norm), leastNorm)), $"{what}: relative L2 error");
    }

    /// <summary>
    /// The relative L2 error of the whole: what algorithms are held to whose rounding errors are in proportion to the largest
    /// elements nearby. Infinite where anything is not finite (to NUnit NaN is less than any limit).
    /// </summary>
    /// <param name="actual">The answer.</param>
    /// <param name="expected">The oracle's.</param>
    /// <param name="leastNorm">What the error is relative to where the answers nearly cancel out.</param>
    public static double RelativeError(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, double leastNorm = 0)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length));
        double error = 0;
        double norm = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            double difference = (double)actual[i] - expected[i];
            error += difference * difference;
            norm += (double)expected[i] * expected[i];
        }

        return error == 0 ? 0 : double.IsFinite(error) ? Math.Sqrt(error) / Math.Max(Math.Sqrt(norm), leastNorm) : double.PositiveInfinity;
    }

    /// <summary>Every element equal, bit by bit but for the sign of zero.</summary>
    public static void AssertExact(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, string what)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length), $"{what}: length");
        for (int i = 0; i < actual.Length; i++)
        {
            if (!actual[i].Equals(expected[i]))
            {
                Assert.Fail($"{what}: element {i} is {actual[i]:R}, expected exactly {expected[i]:R}.");
            }
        }
    }
}
