using BenchmarkDotNet.Attributes;
using Convoy.Runtime;

namespace Convoy.Bench.Benchmarks;

/// <summary>Whole networks on the native device.</summary>
public class SessionBenchmarks : SessionBenchmark
{
    /// <summary>The networks, each at the batch sizes that differ in kind.</summary>
    public static IEnumerable<Workload> Workloads => [new("lenet5", 1), new("lenet5", 64), new("alexnet", 1)];

    /// <summary>The network and its batch size.</summary>
    [ParamsSource(nameof(Workloads))]
    public Workload Workload { get; set; } = null!;

    /// <summary>Compiles the network.</summary>
    [GlobalSetup]
    public void Compile()
    {
        Network network = ModelCatalog.All.Single(model => model.Name == Workload.Model).CreateNetwork();
        using WeightSet weights = WeightSet.Random(network, seed: 1);
        Compile(network, weights, new SessionOptions { BatchSize = Workload.Batch });
    }
}

/// <summary>A network at a batch size.</summary>
public sealed record Workload(string Model, int Batch)
{
    /// <summary>"alexnet, batch 1".</summary>
    public override string ToString() => $"{Model}, batch {Batch}";
}
