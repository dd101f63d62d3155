using Convoy.Backends;
using Convoy.Graph;
using Convoy.Tensors;

namespace Convoy.Runtime;

/// <summary>What a session's step is and takes, for one image unless said otherwise.</summary>
/// <param name="Name">The layer's name: "conv1"; of several computed as one, all names.</param>
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
    string Name,
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
    internal static StepInfo Describe(CompiledStep compiled, int elementBytes, int batch)
    {
        var (step, sources) = (compiled.Step, compiled.Sources);
        return new StepInfo(
            sources.Count == 0 ? "transform" : string.Join(' ', sources.Select(source => source.Name)),
            sources.Count == 0 ? "transform" : sources.Count == 1 ? sources[0].Op : "chain",
            step.Algorithm,
            sources.Count == 0 ? default : sources[^1].OutputShape,
            sources.Sum(source => source.MultiplyAdds),
            sources.Sum(source => source.OutputShape.Count + source.InputShapes.Sum(shape => shape.Count)) * elementBytes,
            WeightBytesOf(step, sources),
            step.PackedBytes,
            step.GetScratchBytes(batch),
            step.WorkItems,
            step.Choice);
    }

    /// <summary>What was packed in fewer bits is read in fewer bits; what an algorithm or padding adds is not counted.</summary>
    private static long WeightBytesOf(IStep step, IReadOnlyList<FusedStep> sources)
    {
        long bytes = sources.Sum(source => source.Nodes.Sum(node => node.ParameterCount)) * sizeof(float);
        return step.PackedBytes > 0 ? Math.Min(bytes, step.PackedBytes) : bytes;
    }
}
