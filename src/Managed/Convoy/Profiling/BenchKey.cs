namespace Convoy.Profiling;

/// <summary>What tells a combination from others in one result of a bench, and finds it in another.</summary>
/// <param name="Model">The network's name.</param>
/// <param name="Device">The device as it is asked for.</param>
/// <param name="Precision">How weights of fully connected layers are stored.</param>
/// <param name="BatchSize">Images in a batch.</param>
/// <param name="Threads">Threads that compute.</param>
public sealed record BenchKey(string Model, string Device, string Precision, int BatchSize, int Threads)
{
    /// <summary>What a result is found by.</summary>
    /// <exception cref="ArgumentNullException">There is no result.</exception>
    public static BenchKey Of(BenchResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new BenchKey(result.Model, result.Device, result.Precision, result.BatchSize, result.Threads);
    }

    /// <summary>For people: "lenet5, native, fp32, 2 threads, batch 8"; an empty name and a number of 0 threads are left out.</summary>
    public override string ToString()
    {
        string threads = Threads == 0 ? "" : FormattableString.Invariant($"{Threads:N0} thread{(Threads == 1 ? "" : "s")}");
        string batch = FormattableString.Invariant($"batch {BatchSize:N0}");
        return string.Join(", ", new[] { Model, Device, Precision, threads, batch }.Where(each => each.Length > 0));
    }
}
