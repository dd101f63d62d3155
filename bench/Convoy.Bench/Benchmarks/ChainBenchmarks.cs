using BenchmarkDotNet.Attributes;
using Convoy.Runtime;

namespace Convoy.Bench.Benchmarks;

/// <summary>LeNet-5 on the native device as one step, images in lanes, beside its layers one by one.</summary>
public class ChainBenchmarks : SessionBenchmark
{
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
        using WeightSet weights = PretrainedWeights.LeNet5();
        Compile(LeNet5.Create(), weights, new SessionOptions { BatchSize = Batch, AllowChains = Chain });
    }
}
