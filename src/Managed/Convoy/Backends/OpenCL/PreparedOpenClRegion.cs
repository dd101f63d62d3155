using System.Runtime.InteropServices;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>A region computed by one or more kernels, enqueued one after the other.</summary>
internal sealed class PreparedOpenClRegion(
    string algorithm, IReadOnlyList<KernelLaunch> launches, IReadOnlyList<IDisposable> owned, Layout inputLayout, Layout outputLayout) : IPreparedRegion
{
    public string Algorithm => algorithm;

    public string? Choice { get; set; }

    /// <summary>Its kernels, in the order they run.</summary>
    public IEnumerable<KernelIdentity> Kernels => launches.Select(launch => launch.Identity);

    public long PackedBytes { get; init; }

    /// <summary>Bytes of scratch an image takes.</summary>
    public long ImageScratchBytes { get; init; }

    /// <summary>Floats of workspace that so many images take at once.</summary>
    public Func<int, long> CountWorkspaceFloats { get; init; } = _ => 0;

    /// <summary>Images computed before the next ones are begun, so that what lies between the kernels stays small; null where all are.</summary>
    public MicroBatch? MicroBatch { get; init; }

    /// <summary>The least images of which each way through its kernels has some; 0 where a few are as good as many.</summary>
    public int TellingImages { get; init; }

    /// <summary>Where its first kernel finds the caller's images, where it can read them as they are; the region's own.</summary>
    public ImageStaging? Source { get; init; }

    public bool ReadsSource => Source is not null;

    public Layout InputLayout => inputLayout;

    public Layout OutputLayout => outputLayout;

    public long WorkItems { get; init; }

    public long GetScratchBytes(int images) => checked(ImageScratchBytes * MicroBatchOf(images));

    public long GetWorkspaceBytes(int images) => checked(CountWorkspaceFloats(MicroBatchOf(images)) * sizeof(float));

    public void Run(in RegionContext context)
    {
        var arena = (OpenClArena)context.Arena;
        if (MicroBatch is { } micro)
        {
            for (int first = 0; first < context.Images; first += micro.Images)
            {
                long input = context.Inputs[0] + (first * micro.InputBytes);
                Enqueue(arena, context with
                {
                    Images = Math.Min(micro.Images, context.Images - first),
                    FirstImage = context.FirstImage + first,
                    Inputs = new ReadOnlySpan<long>(in input),
                    Output = context.Output + (first * micro.OutputBytes),
                });
            }
        }
        else
        {
            Enqueue(arena, context);
        }

        // So that the device begins while the next regions are still being enqueued.
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

        Source?.Dispose();
    }

    /// <summary>The images of the largest micro-batch of so many images.</summary>
    private int MicroBatchOf(int images) => Math.Min(images, MicroBatch?.Images ?? images);

    private void Enqueue(OpenClArena arena, in RegionContext context)
    {
        ClEvent? uploaded = null;
        if (!context.Source.IsEmpty)
        {
            Source!.Upload(arena, MemoryMarshal.AsBytes(context.Source), context);
            uploaded = Source.Done;
        }

        for (int i = 0; i < launches.Count; i++)
        {
            launches[i].Enqueue(arena, context, Phase.Compute, i == 0 ? uploaded : null);
        }
    }
}
