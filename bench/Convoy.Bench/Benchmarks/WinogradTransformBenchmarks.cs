using BenchmarkDotNet.Attributes;

namespace Convoy.Bench.Benchmarks;

/// <summary>
/// The phases of Winograd's algorithm for AlexNet's convolutions, a batch on one thread. The output transform by itself is the
/// second phase of a convolution with the same tiles of outputs and a single input channel, which leaves next to no GEMM.
/// </summary>
[MemoryDiagnoser]
public class WinogradTransformBenchmarks
{
    private const int Batch = 16;
    private static readonly int[] Points = [4, 6, 8];

    private WinogradPhases _convolution = null!;
    private WinogradPhases _oneChannel = null!;

    /// <summary>Every convolution with each number of points that suits it.</summary>
    public static IEnumerable<WinogradCase> Cases =>
        from step in StepGraph.Create(AlexNet.Create()).Steps
        where step.Layer is Convolution2D
        from points in Points
        where WinogradPhases.Apply(step, points)
        select new WinogradCase(step, points);

    /// <summary>The convolution and the number of points.</summary>
    [ParamsSource(nameof(Cases))]
    public WinogradCase Case { get; set; } = null!;

    /// <summary>Plans both convolutions.</summary>
    [GlobalSetup]
    public void Plan()
    {
        _convolution = new WinogradPhases(Case.Step, Case.Points, Batch);
        _oneChannel = new WinogradPhases(WithOneChannel(Case.Step), Case.Points, Batch);
    }

    /// <summary>The input's tiles, folded first where the stride is not 1, transformed to the points.</summary>
    [Benchmark]
    public void InputTransform() => _convolution.InputTransform();

    /// <summary>GEMM, and the outputs.</summary>
    [Benchmark]
    public void GemmAndOutputTransform() => _convolution.GemmAndOutputTransform();

    /// <summary>The outputs alone.</summary>
    [Benchmark]
    public void OutputTransform() => _oneChannel.GemmAndOutputTransform();

    /// <summary>Frees both.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _oneChannel.Dispose();
        _convolution.Dispose();
    }

    /// <summary>A convolution of stride 1 and as many taps as the step's has once folded, with the step's outputs.</summary>
    private static FusedStep WithOneChannel(FusedStep step)
    {
        var layer = (Convolution2D)step.Layer;
        int taps = (layer.Kernel.Height + layer.Stride.Height - 1) / layer.Stride.Height;
        Shape input = Shape.Image(1, step.OutputShape.Height + taps - 1, step.OutputShape.Width + taps - 1);
        Network network = new NetworkBuilder(step.Name, input).Convolution(step.Name, layer.Filters, taps, activation: step.Activation).Build();
        return StepGraph.Create(network).Steps.Single();
    }
}

/// <summary>A convolution of AlexNet's and how many points an axis it is computed with.</summary>
public sealed record WinogradCase
{
    internal WinogradCase(FusedStep step, int points) => (Step, Points) = (step, points);

    /// <summary>Points an axis, infinity apart.</summary>
    public int Points { get; }

    internal FusedStep Step { get; }

    /// <summary>"conv1, 6 points".</summary>
    public override string ToString() => $"{Step.Name}, {Points} points";
}
