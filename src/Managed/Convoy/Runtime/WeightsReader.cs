using Convoy.Backends;
using Convoy.Weights;

namespace Convoy.Runtime;

/// <summary>
/// Reads the weights of regions in their order, one region ahead: while one is packed, which takes one core, those of the next
/// come from the file. No more than two regions' weights are in memory at a time.
/// </summary>
internal sealed class WeightsReader : IDisposable
{
    private readonly ImmutableArray<IRegion> _regions;
    private readonly WeightSet _weights;
    private Task<RegionWeights>? _ahead;
    private int _started;

    public WeightsReader(ImmutableArray<IRegion> regions, WeightSet weights)
    {
        _regions = regions;
        _weights = weights;
        _ahead = Start();
    }

    /// <summary>The weights of the next region, which are the caller's to dispose of.</summary>
    /// <exception cref="InvalidOperationException">There was no further region.</exception>
    public RegionWeights Next()
    {
        Task<RegionWeights> reading = _ahead ?? throw new InvalidOperationException("There are no further regions to read weights for.");
        _ahead = null;
        RegionWeights weights = reading.GetAwaiter().GetResult();
        _ahead = Start();
        return weights;
    }

    /// <summary>Lets go of what was read ahead for nobody; if that failed, something else did before.</summary>
    public void Dispose()
    {
        if (_ahead is not { } reading)
        {
            return;
        }

        ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        if (reading.IsCompletedSuccessfully)
        {
            reading.Result.Dispose();
        }
    }

    private Task<RegionWeights>? Start()
    {
        if (_started == _regions.Length)
        {
            return null;
        }

        IRegion region = _regions[_started++];
        return Task.Run(() => new RegionWeights(region, _weights));
    }
}
