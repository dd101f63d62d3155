namespace Convoy.Backends.Reference;

/// <summary>Computes one image of a step from its inputs, each in channel, row, column order.</summary>
internal delegate void ImageFunction(ReadOnlyMemory<double>[] inputs, Memory<double> output);

/// <summary>A step by itself: the oracle computes nothing together.</summary>
internal sealed class ReferenceRegion(FusedStep step, int batch) : IRegion
{
    public ImmutableArray<FusedStep> Steps { get; } = [step];

    public int MicroBatch => batch;

    public IPreparedRegion Prepare(ReadOnlySpan<StepWeights> weights) =>
        new PreparedReferenceRegion(
        step, ReferenceFunctions.Select(step, weights[0]), ReferenceFunctions.SelectActivation(step, weights[0]), batch);
}

/// <summary>Runs an image function over a batch, image by image, and applies the activation.</summary>
internal sealed class PreparedReferenceRegion(
    FusedStep step, ImageFunction function, ImmutableArray<Func<double, double>> activation, int batch) : IPreparedRegion
{
    private readonly ReadOnlyMemory<double>[] _inputs = new ReadOnlyMemory<double>[step.Inputs.Length];

    public string Algorithm => "reference";

    public long PackedBytes => 0;

    public Layout InputLayout => Layout.Nchw;

    public Layout OutputLayout => Layout.Nchw;

    public long WorkItems => batch;

    public long GetScratchBytes(int images) => 0;

    public void Run(in RegionContext context)
    {
        var arena = (ReferenceArena)context.Arena;
        PhaseTimer timer = PhaseTimer.Start(context, Phase.Compute);
        for (int image = 0; image < context.Images && !context.Stop.IsRequested; image++)
        {
            for (int i = 0; i < _inputs.Length; i++)
            {
                _inputs[i] = arena.GetImage(context.Inputs[i], step.InputShapes[i], image);
            }

            Memory<double> output = arena.GetImage(context.Output, step.OutputShape, image);
            function(_inputs, output);
            Activate(output.Span);
        }

        timer.Stop();
    }

    public void Dispose()
    {
    }

    private void Activate(Span<double> values)
    {
        int area = step.OutputShape.Height * step.OutputShape.Width;
        for (int i = 0; i < values.Length && !activation.IsEmpty; i++)
        {
            values[i] = activation[i / area](values[i]);
        }
    }
}
