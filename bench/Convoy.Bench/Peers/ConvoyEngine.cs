using Convoy.Backends;
using Convoy.Profiling;
using Convoy.Runtime;

namespace Convoy.Bench.Peers;

/// <summary>This library, on the native device.</summary>
internal sealed class ConvoyEngine : IEngine
{
    private readonly InferenceSession _session;
    private readonly float[] _images;
    private readonly float[] _scores;

    public ConvoyEngine(Network network, WeightSet weights, float[] images, int batch, int threads, WeightPrecision precision)
    {
        var options = new SessionOptions { BatchSize = batch, Threads = threads, WeightPrecision = precision };
        _session = network.Compile(Device.Find("native"), weights, options);
        _images = images;
        _scores = new float[batch * network.Output.Shape.Count];
    }

    public string Name { get; } = $"Convoy {typeof(InferenceSession).Assembly.GetName().Version?.ToString(3)}";

    public ReadOnlySpan<float> Scores => _scores;

    public void Run() => _session.Run(_images, _scores);

    /// <summary>Runs the batch so many times more, and returns where the time went.</summary>
    public NetworkProfile Profile(int runs) => _session.Profile(_images, new ProfileOptions { Batches = runs, UsesPeaks = false });

    public void Dispose() => _session.Dispose();
}
