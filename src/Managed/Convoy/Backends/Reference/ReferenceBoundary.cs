namespace Convoy.Backends.Reference;

/// <summary>Widens the caller's images to double precision.</summary>
internal sealed class ReferenceEntry(Shape shape, PixelNormalization? normalization) : IBatchEntry
{
    public long ScratchBytes => 0;

    public void Run(ReadOnlySpan<float> images, in RegionContext context)
    {
        var arena = (ReferenceArena)context.Arena;
        PhaseTimer timer = PhaseTimer.Start(context, Phase.Upload);
        int count = (int)shape.Count;
        for (int image = 0; image < context.Images; image++)
        {
            Span<double> output = arena.GetImage(context.Output, shape, image).Span;
            for (int i = 0; i < count; i++)
            {
                output[i] = images[(image * count) + i];
            }
        }

        timer.Stop();
    }

    public void Run(ReadOnlySpan<byte> images, in RegionContext context)
    {
        PixelNormalization pixels = normalization
            ?? throw new InvalidOperationException("No normalisation was given when this entry was prepared.");
        var arena = (ReferenceArena)context.Arena;
        PhaseTimer timer = PhaseTimer.Start(context, Phase.Upload);
        int count = (int)shape.Count;
        int channels = shape.Channels;
        int area = count / channels;
        for (int image = 0; image < context.Images; image++)
        {
            Span<double> output = arena.GetImage(context.Output, shape, image).Span;
            for (int pixel = 0; pixel < area; pixel++)
            {
                for (int c = 0; c < channels; c++)
                {
                    double value = images[(image * count) + (pixel * channels) + c];
                    output[(c * area) + pixel] = (value * pixels.Scale[c]) + pixels.Shift[c];
                }
            }
        }

        timer.Stop();
    }

    public void Dispose()
    {
    }
}

/// <summary>Narrows the result to single precision.</summary>
internal sealed class ReferenceExit(Shape shape) : IBatchExit
{
    public long ScratchBytes => 0;

    public void Begin(in RegionContext context)
    {
    }

    public void Complete(Span<float> scores, in RegionContext context)
    {
        var arena = (ReferenceArena)context.Arena;
        PhaseTimer timer = PhaseTimer.Start(context, Phase.Download);
        int count = (int)shape.Count;
        for (int image = 0; image < context.Images; image++)
        {
            ReadOnlySpan<double> input = arena.GetImage(context.Inputs[0], shape, image).Span;
            for (int i = 0; i < count; i++)
            {
                scores[(image * count) + i] = (float)input[i];
            }
        }

        timer.Stop();
    }

    public void Dispose()
    {
    }
}
