using BenchmarkDotNet.Attributes;
using Convoy.Graph;
using Convoy.Layers;
using Convoy.Models;
using Convoy.Runtime;
using Convoy.Weights;

namespace Convoy.Bench.Benchmarks;

/// <summary>AlexNet's convolutions with their ReLU, one at a time, on the native device; the way in and out is included.</summary>
[MemoryDiagnoser]
public class ConvolutionBenchmarks
{
    private static readonly Network Model = AlexNet.Create();

    private InferenceSession _session = null!;
    private float[] _images = null!;
    private float[] _maps = null!;

    /// <summary>The convolutions' names.</summary>
    public static IEnumerable<string> Layers =>
        from node in Model.Nodes
        where node.Layer is Convolution2D
        select node.Name;

    /// <summary>The convolution.</summary>
    [ParamsSource(nameof(Layers))]
    public string Layer { get; set; } = "";

    /// <summary>Images computed at a time.</summary>
    [Params(1, 16)]
    public int Batch { get; set; }

    /// <summary>Compiles the layer as a network of its own.</summary>
    [GlobalSetup]
    public void Compile()
    {
        Node node = Model[Layer];
        Network network = new NetworkBuilder(Layer, node.InputShapes[0]).Append(Layer, node.Layer).Relu("relu").Build();
        using WeightSet weights = WeightSet.Random(network, seed: 1);
        _session = network.Compile(Device.Find("native"), weights, new SessionOptions { BatchSize = Batch });
        _images = RandomImages.Create(network.Input.Shape, Batch);
        _maps = new float[Batch * network.Output.Shape.Count];
    }

    /// <summary>Computes one batch.</summary>
    [Benchmark]
    public void Run() => _session.Run(_images, _maps);

    /// <summary>Frees the session.</summary>
    [GlobalCleanup]
    public void Dispose() => _session.Dispose();
}
