using System.Text.Json.Serialization;

namespace Convoy.Backends;

/// <summary>How far the measuring of a device's peaks is.</summary>
/// <param name="What">What is measured now: "the bandwidth of memory".</param>
/// <param name="Done">How many measurements are done.</param>
/// <param name="Count">How many there are.</param>
public sealed record PeakProgress(string What, int Done, int Count)
{
    /// <summary>Which share of them is done, from 0 to 1.</summary>
    [JsonIgnore]
    public double Share => Count > 0 ? Math.Clamp((double)Done / Count, 0, 1) : 0;
}
