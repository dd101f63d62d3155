using Convoy.Backends;
using Convoy.Profiling;
using Convoy.Runtime;

namespace Convoy.Bench.Peers;

/// <summary>This library, on one device.</summary>
internal sealed class ConvoyEngine : IEngine
{
    private readonly InferenceSession _session;
    private readonly float[] _images;
    private readonly float[] _scores;

    /// <param name="device">The device.</param>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="images">A batch of images.</param>
    /// <param name="batch">How many those are.</param>
    /// <param name="threads">Threads of the native device; another has its own.</param>
    /// <param name="precision">How weights of fully connected layers are stored.</param>
    public ConvoyEngine(Device device, Network network, WeightSet weights, float[] images, int batch, int threads, WeightPrecision precision)
    {
        bool isNative = device == Device.Native;
        Name = $"Convoy {typeof(InferenceSession).Assembly.GetName().Version?.ToString(3)}{(isNative ? "" : $" on {device}")}";
        var options = new SessionOptions { BatchSize = batch, Threads = isNative ? threads : 0, WeightPrecision = precision };
        _session = network.Compile(device, weights, options);
        _images = images;
        _scores = new float[batch * network.Output.Shape.Count];
    }

    public string Name { get; }

    public ReadOnlySpan<float> Scores => _scores;

    public void Run() => _session.Run(_images, _scores);

    /// <summary>Runs the batch so many times more, and returns where the time went.</summary>
    public NetworkProfile Profile(int runs) => _session.Profile(_images, new ProfileOptions { Batches = runs, UsesPeaks = false });

    public void Dispose() => _session.Dispose();
}
