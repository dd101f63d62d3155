using System.Collections.Concurrent;

namespace Convoy.Backends.Native;

/// <summary>
/// What algorithms were measured to take, each set once: kept for the process and, in a file of the user's cache folder,
/// for the next. Every process that shares the file chooses alike, whatever it would measure itself. Where it is not known which
/// build of the library was measured, only the process keeps it.
/// </summary>
internal sealed class TuningCache
{
    /// <summary>The file's name in the cache folder.</summary>
    public const string FileName = "convolutions.json";

    private static readonly ConcurrentDictionary<string, TuningCache> Shared = new();

    private readonly Lock _gate = new();
    private readonly Dictionary<string, IReadOnlyDictionary<string, double>> _known = [];
    private readonly TuningFile _file;
    private readonly Func<IReadOnlyList<NativePlan>, double[]> _measure;
    private readonly Func<string?> _hashLibrary;

    /// <param name="folder">Where the file lies; it is made when first written to.</param>
    /// <param name="measure">Returns the milliseconds each of several plans takes.</param>
    /// <param name="hashLibrary">Returns the hash of the library that is measured; null where it is not known.</param>
    public TuningCache(string folder, Func<IReadOnlyList<NativePlan>, double[]> measure, Func<string?> hashLibrary)
    {
        _file = new TuningFile(Path.Combine(folder, FileName));
        _measure = measure;
        _hashLibrary = hashLibrary;
    }

    /// <summary>The user's; null where CONVOY_CACHE is off or there is no place for it.</summary>
    public static TuningCache? FromEnvironment() =>
        CacheFolder.Find(Environment.GetEnvironmentVariable, CacheFolder.Tuning) is { } folder
            ? Shared.GetOrAdd(folder, each => new TuningCache(each, AlgorithmTimer.Measure, () => NativeLibraryState.ContentHash))
            : null;

    /// <summary>The milliseconds of each algorithm by its name, measured now where they never were.</summary>
    /// <param name="layer">What distinguishes the layer from others.</param>
    /// <param name="plans">The algorithms in question.</param>
    public IReadOnlyDictionary<string, double> Get(string layer, IReadOnlyList<NativePlan> plans)
    {
        // Kernels that change are measured anew: what another build of the library took says nothing of this one.
        string? library = _hashLibrary();
        string key = $"{Processor.Name}, {NativeLibraryState.NameOf(plans[0].Isa)}, library {library}: {layer}, {plans[^1].InputLayout}";

        // One at a time: two measurements at once would disturb each other.
        lock (_gate)
        {
            if (!_known.TryGetValue(key, out IReadOnlyDictionary<string, double>? times) || !Covers(times, plans))
            {
                times = library is null ? Measure(plans) : FindInFile(key, plans) ?? MeasureForFile(key, plans);
                _known[key] = times;
            }

            return times;
        }
    }

    private static bool Covers(IReadOnlyDictionary<string, double> times, IReadOnlyList<NativePlan> plans) =>
        plans.All(plan => times.TryGetValue(plan.AlgorithmName, out double time) && time > 0);

    private Dictionary<string, double>? FindInFile(string key, IReadOnlyList<NativePlan> plans) =>
        _file.Read().TryGetValue(key, out Dictionary<string, double>? times) && times is not null && Covers(times, plans) ? times : null;

    private Dictionary<string, double> Measure(IReadOnlyList<NativePlan> plans)
    {
        double[] milliseconds = _measure(plans);
        return plans.Index().ToDictionary(each => each.Item.AlgorithmName, each => milliseconds[each.Index]);
    }

    private Dictionary<string, double> MeasureForFile(string key, IReadOnlyList<NativePlan> plans)
    {
        Dictionary<string, double> times = Measure(plans);

        // Another process may have been first meanwhile; its word counts.
        if (FindInFile(key, plans) is { } earlier)
        {
            return earlier;
        }

        _file.Add(key, times);
        return times;
    }
}
