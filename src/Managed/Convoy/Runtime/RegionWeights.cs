using Convoy.Backends;
using Convoy.Weights;

namespace Convoy.Runtime;

/// <summary>The trained numbers of a region's steps, ready for packing. Disposed once the region has packed them.</summary>
internal sealed class RegionWeights : IDisposable
{
    private readonly List<StepWeightsLoader> _loaders = [];

    /// <summary>Loads the weights of each step.</summary>
    public RegionWeights(IRegion region, WeightSet weights)
    {
        try
        {
            foreach (FusedStep step in region.Steps)
            {
                _loaders.Add(new StepWeightsLoader(step, weights));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The weights of each step; valid until disposal.</summary>
    public StepWeights[] Steps => [.. _loaders.Select(loader => loader.Weights)];

    public void Dispose() => _loaders.ForEach(loader => loader.Dispose());
}
