using Convoy.Tensors;

namespace Convoy.Backends.OpenCL;

/// <summary>A step computed by one or more kernels, enqueued one after the other.</summary>
internal sealed class OpenClStep(
    string algorithm, IReadOnlyList<KernelLaunch> launches, IReadOnlyList<IDisposable> owned, Layout inputLayout, Layout outputLayout) : IStep
{
    public string Algorithm => algorithm;

    public long PackedBytes { get; init; }

    /// <summary>Bytes of scratch an image takes.</summary>
    public long ImageScratchBytes { get; init; }

    public Layout InputLayout => inputLayout;

    public Layout OutputLayout => outputLayout;

    public long WorkItems { get; init; }

    public long GetScratchBytes(int batch) => checked(ImageScratchBytes * batch);

    public void Run(in StepContext context)
    {
        var arena = (OpenClArena)context.Arena;
        for (int i = 0; i < launches.Count; i++)
        {
            launches[i].Enqueue(arena, context, Phase.Compute);
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
