using BenchmarkDotNet.Attributes;
using Convoy.Graph;
using Convoy.Models;
using Convoy.Runtime;
using Convoy.Weights;

namespace Convoy.Bench.Benchmarks;

/// <summary>Whole networks on the native device. A run must allocate nothing: the column "Allocated" shows a dash.</summary>
[MemoryDiagnoser]
public class SessionBenchmarks
{
    private InferenceSession _session = null!;
    private float[] _images = null!;
    private float[] _scores = null!;

    /// <summary>The networks, each at the batch sizes that differ in kind.</summary>
    public static IEnumerable<Workload> Workloads => [new("lenet5", 1), new("lenet5", 64), new("alexnet", 1)];

    /// <summary>The network and its batch size.</summary>
    [ParamsSource(nameof(Workloads))]
    public Workload Workload { get; set; } = null!;

    /// <summary>Compiles the network.</summary>
    [GlobalSetup]
    public void Compile()
    {
        Network network = Workload.Model == "alexnet" ? AlexNet.Create() : LeNet5.Create();
        using WeightSet weights = WeightSet.Random(network, seed: 1);
        _session = network.Compile(Device.Find("native"), weights, new SessionOptions { BatchSize = Workload.Batch });
        _images = RandomImages.Create(_session.InputShape, Workload.Batch);
        _scores = new float[Workload.Batch * _session.OutputShape.Count];
    }

    /// <summary>Computes one batch.</summary>
    [Benchmark]
    public void Run() => _session.Run(_images, _scores);

    /// <summary>Frees the session.</summary>
    [GlobalCleanup]
    public void Dispose() => _session.Dispose();
}

/// <summary>A network at a batch size.</summary>
public sealed record Workload(string Model, int Batch)
{
    /// <summary>"alexnet, batch 1".</summary>
    public override string ToString() => $"{Model}, batch {Batch}";
}
