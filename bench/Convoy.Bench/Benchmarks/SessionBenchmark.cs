using BenchmarkDotNet.Attributes;
using Convoy.Runtime;

namespace Convoy.Bench.Benchmarks;

/// <summary>Runs of a network on the native device. A run must allocate nothing: the column "Allocated" shows a dash.</summary>
[MemoryDiagnoser]
public abstract class SessionBenchmark
{
    private InferenceSession _session = null!;
    private float[] _images = null!;
    private float[] _scores = null!;

    /// <summary>Computes one batch.</summary>
    [Benchmark]
    public void Run() => _session.Run(_images, _scores);

    /// <summary>Frees the session.</summary>
    [GlobalCleanup]
    public void Dispose() => _session.Dispose();

    /// <summary>Compiles the network, and makes a batch of images.</summary>
    protected void Compile(Network network, WeightSet weights, SessionOptions options)
    {
        _session = network.Compile(Device.Native, weights, options);
        _images = RandomImages.Create(_session.InputShape, options.BatchSize);
        _scores = new float[options.BatchSize * _session.OutputShape.Count];
    }
}
