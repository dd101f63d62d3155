using BenchmarkDotNet.Attributes;
using Convoy.Backends;
using Convoy.Graph;
using Convoy.Models;
using Convoy.Runtime;

namespace Convoy.Bench.Benchmarks;

/// <summary>
/// AlexNet's layers one at a time on the native device, each with its activation: convolutions, pooling, fully connected
/// layers, softmax. The way in and out is left out.
/// </summary>
[MemoryDiagnoser]
public class LayerBenchmarks
{
    private static readonly StepGraph Model = StepGraph.Create(AlexNet.Create());

    private IBackend _backend = null!;
    private SingleStep _step = null!;

    /// <summary>The layers' names.</summary>
    public static IEnumerable<string> Layers => Model.Steps.Select(step => step.Name);

    /// <summary>The layer.</summary>
    [ParamsSource(nameof(Layers))]
    public string Layer { get; set; } = "";

    /// <summary>Images computed at a time.</summary>
    [Params(1, 16)]
    public int Batch { get; set; }

    /// <summary>Prepares the layer as a session would.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        _backend = Device.Native.CreateBackend(new SessionOptions());
        _step = new SingleStep(_backend, Model.Steps.Single(step => step.Name == Layer), Batch);
    }

    /// <summary>Computes one batch.</summary>
    [Benchmark]
    public void Run() => _step.Run();

    /// <summary>Frees the layer.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _step.Dispose();
        _backend.Dispose();
    }
}
