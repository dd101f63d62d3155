using Convoy.Profiling;

namespace Convoy.Bench.Peers;

/// <summary>The images a second at which a machine would be at one of its two roofs.</summary>
internal sealed class Roofs
{
    private readonly double _computeImages;
    private readonly double _memoryImages;

    /// <summary>Counts a network's arithmetic and bytes.</summary>
    public Roofs(Network network, int batch, DevicePeaks peaks)
    {
        StepGraph graph = StepGraph.Create(network);
        double featureMapBytes = graph.Steps.Sum(step => sizeof(float) * (step.OutputShape.Count + step.InputShapes.Sum(shape => shape.Count)));
        double weightBytes = sizeof(float) * (double)network.ParameterCount;
        _computeImages = peaks.GigaFlopsPerSecond * 1e9 / (2.0 * network.MultiplyAdds);
        _memoryImages = peaks.GigaBytesPerSecond * 1e9 / (featureMapBytes + (weightBytes / batch));
    }

    /// <summary>A speed together with its shares.</summary>
    public EngineResult Describe(Quartiles speed, long? peakBytes) =>
        new(speed, speed.Median / _computeImages, speed.Median / _memoryImages, peakBytes);
}
