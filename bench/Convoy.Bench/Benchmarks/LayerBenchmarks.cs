using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using Convoy.Backends;
using Convoy.Runtime;

namespace Convoy.Bench.Benchmarks;

/// <summary>
/// AlexNet's regions one at a time on the native device, as a session of the batch size has them: convolutions, each with its
/// activation and, where they are computed as one, with the pooling behind it; fully connected layers, softmax. The way in and
/// out is left out, and a run takes one micro-batch.
/// </summary>
[MemoryDiagnoser]
public class LayerBenchmarks
{
    private static readonly int[] Batches = [1, 16];

    private IBackend _backend = null!;
    private SingleRegion _region = null!;

    /// <summary>The rows: each batch size has regions of its own.</summary>
    public static IEnumerable<string> Rows
    {
        get
        {
            using IBackend backend = CreateBackend();
            return [.. Batches.SelectMany(batch => Partition(backend, batch).Select(region => NameOf(region, batch)))];
        }
    }

    /// <summary>The batch size and the region: "16 x conv1+pool1".</summary>
    [ParamsSource(nameof(Rows))]
    public string Row { get; set; } = "";

    /// <summary>Prepares the region as a session of the batch size would.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        _backend = CreateBackend();
        IRegion region = Batches
            .SelectMany(batch => Partition(_backend, batch).Where(region => NameOf(region, batch) == Row))
            .Single();
        _region = new SingleRegion(_backend, region);
    }

    /// <summary>Computes one micro-batch.</summary>
    [Benchmark]
    public void Run() => _region.Run();

    /// <summary>Frees the region.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _region.Dispose();
        _backend.Dispose();
    }

    private static IBackend CreateBackend() => Device.Native.CreateBackend(new SessionOptions());

    private static ImmutableArray<IRegion> Partition(IBackend backend, int batch) => backend.Partition(StepGraph.Create(AlexNet.Create()), batch);

    private static string NameOf(IRegion region, int batch) => $"{batch} x {string.Join('+', region.Steps.Select(step => step.Name))}";
}
