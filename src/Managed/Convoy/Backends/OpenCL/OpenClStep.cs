using Convoy.Tensors;

namespace Convoy.Backends.OpenCL;

/// <summary>A step computed by one or more kernels, enqueued one after the other.</summary>
internal sealed class OpenClStep(
    string algorithm, IReadOnlyList<KernelLaunch> launches, IReadOnlyList<IDisposable> owned, Layout inputLayout, Layout outputLayout) : IStep
{
    public string Algorithm => algorithm;

    public string? Choice { get; init; }

    public long PackedBytes { get; init; }

    /// <summary>Bytes of scratch an image takes.</summary>
    public long ImageScratchBytes { get; init; }

    public long WorkspaceBytes { get; init; }

    /// <summary>
    /// Images computed before the next ones are begun, so that what lies between the kernels stays small; their bytes in and
    /// out are given with it.
    /// </summary>
    public ImageRound Round { get; init; } = new(int.MaxValue, 0, 0);

    public Layout InputLayout => inputLayout;

    public Layout OutputLayout => outputLayout;

    public long WorkItems { get; init; }

    public long GetScratchBytes(int batch) => checked(ImageScratchBytes * Math.Min(batch, Round.Images));

    public void Run(in StepContext context)
    {
        var arena = (OpenClArena)context.Arena;
        for (int first = 0; first < context.Images; first += Math.Min(Round.Images, context.Images))
        {
            long input = context.Inputs[0] + (first * Round.InputBytes);
            StepContext round = first == 0 && context.Images <= Round.Images ? context : context with
            {
                Images = Math.Min(Round.Images, context.Images - first),
                Inputs = new ReadOnlySpan<long>(in input),
                Output = context.Output + (first * Round.OutputBytes),
            };
            for (int i = 0; i < launches.Count; i++)
            {
                launches[i].Enqueue(arena, round, Phase.Compute);
            }
        }

        // So that the device begins while the next steps are still being enqueued.
        arena.Queue.Flush();
    }

    public void Dispose()
    {
        foreach (KernelLaunch launch in launches)
        {
            launch.Dispose();
        }

        foreach (IDisposable each in owned)
        {
            each.Dispose();
        }
    }
}

/// <summary>Images that a step computes together, and the bytes of one in and out.</summary>
internal readonly record struct ImageRound(int Images, long InputBytes, long OutputBytes);
