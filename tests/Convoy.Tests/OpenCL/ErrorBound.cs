namespace Convoy.Tests.OpenCL;

/// <summary>How far a kernel's numbers may be from the exact ones.</summary>
/// <param name="Ulps">Units of the exact number's last place, as a float.</param>
/// <param name="Absolute">An error that is small enough whatever the number.</param>
internal readonly record struct ErrorBound(double Ulps, double Absolute = 0)
{
    // Devices may take smaller numbers for 0.
    private const double SmallestNormal = 1.1754943508222875e-38;

    /// <summary>Asserts it of a kernel's numbers; NaN and infinity must be where they belong.</summary>
    /// <param name="found">The kernel's.</param>
    /// <param name="exact">The exact ones.</param>
    /// <param name="input">What number i is computed of, for the message.</param>
    public void AssertHolds(ReadOnlySpan<float> found, ReadOnlySpan<double> exact, Func<int, string> input)
    {
        Assert.That(found.Length, Is.EqualTo(exact.Length));
        for (int i = 0; i < exact.Length; i++)
        {
            if (!Holds(found[i], exact[i]))
            {
                Assert.Fail($"{input(i)}: {found[i]:R}, not {exact[i]:R}");
            }
        }
    }

    private bool Holds(float found, double exact)
    {
        float rounded = (float)exact;
        return float.IsFinite(rounded)
            ? Math.Abs(found - exact) <= Math.Max(Math.Max(Absolute, SmallestNormal), Ulps * Ulp(rounded))
            : found.Equals(rounded);
    }

    private static double Ulp(float number) => (double)MathF.BitIncrement(Math.Abs(number)) - Math.Abs(number) is var ulp && double.IsFinite(ulp)
        ? ulp
        : Math.ScaleB(1, 104);
}
