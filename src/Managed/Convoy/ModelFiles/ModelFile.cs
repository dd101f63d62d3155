using Convoy.Weights;

namespace Convoy.ModelFiles;

/// <summary>What a model file holds. Disposing of it disposes of its weights.</summary>
public sealed class ModelFile : IDisposable
{
    /// <summary>The network, over channels, rows and columns whatever order the file's own tensors have.</summary>
    public required Network Network { get; init; }

    /// <summary>The weights, by the names that the network has for them; null where the file has none.</summary>
    public WeightSet? Weights { get; init; }

    /// <summary>
    /// The inputs by the names and shapes that the file has for them. Where there are several, the network's one input is a vector of
    /// their numbers, one input behind the other.
    /// </summary>
    public required ImmutableArray<ModelPort> Inputs { get; init; }

    /// <summary>The outputs by the names and shapes that the file has for them, in the order of the network's.</summary>
    public required ImmutableArray<ModelPort> Outputs { get; init; }

    /// <summary>Free text that came with the model: who made it, its "preset", its "labels".</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public void Dispose() => Weights?.Dispose();
}

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Extents">Its extents for one image, in the file's own order.</param>
/// <param name="HasBatch">Whether the file's tensor has a further extent in front, which counts images.</param>
/// <param name="IsChannelsLast">Whether its extents are height, width and channels, where the network has channels, height and width.</param>
public sealed record ModelPort(string Name, ImmutableArray<int> Extents, bool HasBatch = true, bool IsChannelsLast = false)
{
    /// <summary>How many numbers it has for one image.</summary>
    public long Count => Extents.Aggregate(1L, (count, extent) => count * extent);
}
