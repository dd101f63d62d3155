using Convoy.Backends;
using Convoy.Layers;

namespace Convoy.Runtime;

/// <summary>What a session's step is and takes, for one image unless said otherwise.</summary>
/// <param name="Layers">The layers it computes as one: "conv1", or "conv1" and the "pool1" or "add1" behind it, or all of a chain; none for a change of layout.</param>
/// <param name="Op">The operation: "conv+relu"; "chain" for several computed as one, of which the figures are sums.</param>
/// <param name="Algorithm">How the backend computes it: "direct (avx2)".</param>
/// <param name="OutputShape">The output's shape.</param>
/// <param name="MultiplyAdds">Multiply-adds.</param>
/// <param name="FeatureMapBytes">Bytes of feature maps read and written.</param>
/// <param name="WeightBytes">Bytes of weights as they are stored, read once a batch at least.</param>
/// <param name="PackedBytes">Bytes of the weights as the backend packed and owns them.</param>
/// <param name="ScratchBytes">Bytes of scratch, for each thread.</param>
/// <param name="WorkItems">Independent pieces of work in a full batch.</param>
/// <param name="Choice">
/// Why the algorithm was chosen, where there are several: the costs of all, relative to the first, and what settled it. Null
/// elsewhere.
/// </param>
public sealed record StepInfo(
    ImmutableArray<string> Layers,
    string Op,
    string Algorithm,
    Shape OutputShape,
    long MultiplyAdds,
    long FeatureMapBytes,
    long WeightBytes,
    long PackedBytes,
    long ScratchBytes,
    long WorkItems,
    string? Choice = null)
{
    /// <summary>One image of the first layer's first input; of no extents where there is none.</summary>
    public Shape InputShape { get; init; }

    /// <summary>Multiply-adds of each of <see cref="Layers"/>.</summary>
    public ImmutableArray<long> LayerMultiplyAdds { get; init; } = [];

    /// <summary>The operation of several layers computed as one.</summary>
    public const string Chain = "chain";

    /// <summary>Its name in a table: the first layer's; of a chain, all names.</summary>
    public string Name => Layers.IsEmpty ? Op : IsChain ? string.Join(' ', Layers) : Layers[0];

    /// <summary>Whether it is a small network, or a part of one, that is computed as one.</summary>
    public bool IsChain => Op == Chain;

    internal static StepInfo Describe(CompiledRegion region, IReadOnlyList<(Shape Shape, Layout Layout)> values, int elementBytes, int batch)
    {
        (IPreparedRegion prepared, ImmutableArray<FusedStep> steps) = (region.Prepared, region.Steps);
        return new StepInfo(
            [.. steps.Select(step => step.Name)],
            OpOf(steps),
            prepared.Algorithm,
            steps.IsEmpty ? default : steps[^1].OutputShape,
            steps.Sum(step => step.MultiplyAdds),
            NumbersOf(region, values) * elementBytes,
            WeightBytesOf(prepared, steps),
            prepared.PackedBytes,
            prepared.GetScratchBytes(Math.Min(region.MicroBatch, batch)),
            prepared.WorkItems,
            prepared.Choice)
        {
            InputShape = region.Inputs.IsEmpty ? default : values[region.Inputs[0]].Shape,
            LayerMultiplyAdds = [.. steps.Select(step => step.MultiplyAdds)],
        };
    }

    /// <summary>"conv+relu+maxpool" of a convolution with the pooling behind it, "conv+add+relu" with the addition; more layers are a chain.</summary>
    private static string OpOf(ImmutableArray<FusedStep> steps) =>
        steps.IsEmpty ? "transform" : IsPooled(steps) || IsAdding(steps) || steps.Length == 1 ? string.Join('+', steps.Select(step => step.Op)) : Chain;

    private static bool IsPooled(ImmutableArray<FusedStep> steps) => steps is [{ Layer: Convolution2D }, { Layer: Pool2D }];

    private static bool IsAdding(ImmutableArray<FusedStep> steps) => steps is [{ Layer: Convolution2D }, { Layer: Binary }];

    /// <summary>Numbers of feature maps read and written. What a chain keeps in the cache is counted, as it is layer by layer.</summary>
    private static long NumbersOf(CompiledRegion region, IReadOnlyList<(Shape Shape, Layout Layout)> values) => region.Steps switch
    {
        // Of a concatenation, what was not put in its place before.
        [{ Layer: Concat }] => 2 * region.Inputs.Sum(input => values[input].Shape.Count),
        [{ Layer: Convolution2D } convolution, { Layer: Pool2D } pool] => convolution.InputShapes[0].Count + pool.OutputShape.Count,
        [{ Layer: Convolution2D } convolution, { Layer: Binary } addition] => convolution.InputShapes[0].Count + (2 * addition.OutputShape.Count),
        _ => region.Steps.Sum(step => step.OutputShape.Count + step.InputShapes.Sum(shape => shape.Count)),
    };

    /// <summary>What was packed in fewer bits is read in fewer bits; what an algorithm or padding adds is not counted.</summary>
    private static long WeightBytesOf(IPreparedRegion prepared, ImmutableArray<FusedStep> steps)
    {
        long bytes = steps.Sum(step => step.Nodes.Sum(node => node.ParameterCount)) * sizeof(float);
        return prepared.PackedBytes > 0 ? Math.Min(bytes, prepared.PackedBytes) : bytes;
    }
}
