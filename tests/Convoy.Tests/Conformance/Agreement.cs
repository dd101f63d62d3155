namespace Convoy.Tests.Conformance;

/// <summary>Compares answers of independent origin.</summary>
internal static class Agreement
{
    private const float Tolerance = 1e-4f;

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
