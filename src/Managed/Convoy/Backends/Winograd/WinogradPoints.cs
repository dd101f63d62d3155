namespace Convoy.Backends.Winograd;

// Made by tools/winograd-points/generate.py, which explains it. Do not edit: change the points there.

/// <summary>The points of Winograd convolution: pairs of a number and its negative.</summary>
internal static class WinogradPoints
{
    /// <summary>The positive point of each pair.</summary>
    public static ReadOnlySpan<double> Of(int pairs) => pairs switch
    {
        2 => [0.5, 1.25],
        3 => [0.5, 1.0, 2.0],
        4 => [0.25, 0.6875, 1.125, 2.0],
        _ => throw new ArgumentOutOfRangeException(nameof(pairs)),
    };
}
