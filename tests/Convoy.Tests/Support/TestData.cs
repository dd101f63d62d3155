namespace Convoy.Tests.Support;

/// <summary>Seeded numbers for tests.</summary>
public static class TestData
{
    /// <summary>Real numbers in [-1, 1).</summary>
    public static float[] Reals(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    /// <summary>Real numbers in [-8, 8): where activations bend, and well beyond.</summary>
    public static float[] WideReals(int count, int seed) => [.. Reals(count, seed).Select(value => 8 * value)];

    /// <summary>Whole numbers from -3 to 3, whose products and sums single precision holds exactly.</summary>
    public static float[] Integers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)random.Next(-3, 4))];
    }
}
