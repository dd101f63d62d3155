using BenchmarkDotNet.Attributes;
using Convoy.Graph;
using Convoy.Models;
using Convoy.Runtime;
using Convoy.Weights;

namespace Convoy.Bench.Benchmarks;

/// <summary>LeNet-5 on the native device as one step, images in lanes, beside its layers one by one.</summary>
[MemoryDiagnoser]
public class ChainBenchmarks
{
    private InferenceSession _session = null!;
    private float[] _images = null!;
    private float[] _scores = null!;

    /// <summary>Images a run.</summary>
    [Params(1, 1024)]
    public int Batch { get; set; }

    /// <summary>Whether the layers run as one step, or one by one.</summary>
    [Params(true, false)]
    public bool Chain { get; set; }

    /// <summary>Compiles the network.</summary>
    [GlobalSetup]
    public void Compile()
    {
        Network network = LeNet5.Create();
        using WeightSet weights = PretrainedWeights.LeNet5();
        _session = network.Compile(Device.Native, weights, new SessionOptions { BatchSize = Batch, AllowChains = Chain });
        _images = RandomImages.Create(_session.InputShape, Batch);
        _scores = new float[Batch * _session.OutputShape.Count];
    }

    /// <summary>Computes one batch.</summary>
    [Benchmark]
    public void Run() => _session.Run(_images, _scores);

    /// <summary>Frees the session.</summary>
    [GlobalCleanup]
    public void Dispose() => _session.Dispose();
}
