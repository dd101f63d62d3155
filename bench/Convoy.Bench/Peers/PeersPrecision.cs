using Convoy.Backends;

namespace Convoy.Bench.Peers;

/// <summary>How Convoy stores the weights of fully connected layers, and how far its scores may then be from the peer's.</summary>
/// <param name="Name">As the command line and the table have it.</param>
/// <param name="Weights">As a session takes it.</param>
/// <param name="AllowedDifference">Of any score.</param>
/// <param name="IsRelative">Whether that is by the largest score, or as it stands.</param>
internal sealed record PeersPrecision(string Name, WeightPrecision Weights, double AllowedDifference, bool IsRelative)
{
    /// <summary>Of 16 bits, a score may differ by eight times a weight's rounding, which is 2^-11 and 2^-8.</summary>
    public static readonly IReadOnlyList<PeersPrecision> All =
    [
        new("fp32", WeightPrecision.Float32, 1e-4, IsRelative: false),
        new("fp16", WeightPrecision.Float16, 1.0 / 256, IsRelative: true),
        new("bf16", WeightPrecision.BFloat16, 1.0 / 32, IsRelative: true),
    ];

    /// <summary>The one of a name, or null.</summary>
    public static PeersPrecision? Find(string name) =>
        All.FirstOrDefault(each => each.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The largest difference allowed from some scores.</summary>
    public double AllowedFrom(ReadOnlySpan<float> scores)
    {
        double largest = 0;
        foreach (float score in scores)
        {
            largest = Math.Max(largest, Math.Abs(score));
        }

        return IsRelative ? AllowedDifference * largest : AllowedDifference;
    }

    /// <summary>The name, as the help of the command shows a default.</summary>
    public override string ToString() => Name;
}
