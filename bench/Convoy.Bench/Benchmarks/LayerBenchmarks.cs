using System.Collections.Immutable;
using BenchmarkDotNet.Attributes;
using Convoy.Backends;
using Convoy.Graph;
using Convoy.Models;
using Convoy.Runtime;

namespace Convoy.Bench.Benchmarks;

/// <summary>
/// AlexNet's steps one at a time on the native device: convolutions, each with its activation and, where a session of the
/// batch size would have it so, with the pooling behind it; pooling by itself elsewhere; fully connected layers, softmax. The
/// way in and out is left out, and a batch passes a step whole, where a session may take it in groups.
/// </summary>
[MemoryDiagnoser]
public class LayerBenchmarks
{
    private static readonly int[] Batches = [1, 16];

    private IBackend _backend = null!;
    private SingleStep _step = null!;

    /// <summary>The rows: each batch size has steps of its own.</summary>
    public static IEnumerable<string> Rows
    {
        get
        {
            using IBackend backend = CreateBackend();
            return [.. Batches.SelectMany(batch => FindSteps(backend, batch).Select(step => NameOf(step, batch)))];
        }
    }

    /// <summary>The step and the images computed at a time: "16 x conv1+pool1".</summary>
    [ParamsSource(nameof(Rows))]
    public string Row { get; set; } = "";

    /// <summary>Prepares the step as a session of the batch size would.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        _backend = CreateBackend();
        (FusedStep step, int batch) = Batches
            .SelectMany(batch => FindSteps(_backend, batch).Select(step => (Step: step, Batch: batch)))
            .Single(each => NameOf(each.Step, each.Batch) == Row);
        _step = new SingleStep(_backend, step, batch);
    }

    /// <summary>Computes one batch.</summary>
    [Benchmark]
    public void Run() => _step.Run();

    /// <summary>Frees the step.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _step.Dispose();
        _backend.Dispose();
    }

    private static IBackend CreateBackend() => Device.Native.CreateBackend(new SessionOptions());

    private static ImmutableArray<FusedStep> FindSteps(IBackend backend, int batch) =>
        StepGraph.Create(AlexNet.Create(), (step, pool) => backend.TakesPool(step, pool, batch)).Steps;

    private static string NameOf(FusedStep step, int batch) =>
        $"{batch} x {step.Name}{(step.Pool is null ? "" : $"+{step.Nodes[^1].Name}")}";
}
