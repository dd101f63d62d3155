using Convoy.Backends.OpenCL.Interop;
using Convoy.Memory;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Scores that lie as the caller wants them, read out of the arena behind the last region: one command, which the host waits
/// for; a small batch would take no longer than two. It is for devices that share the host's memory, where a transfer has no
/// engine of its own to run on beside the next batch.
/// </summary>
/// <param name="context">Whose events.</param>
/// <param name="bytes">The largest batch.</param>
internal sealed class ReadBack(ClContext context, long bytes) : IDisposable
{
    private readonly ClEvent _unrecorded = new(context);
    private PooledBuffer<float>? _own;
    // Set as a read begins, before anything waits for it.
    private ClEvent _done = null!;
    private bool _isInPlace;

    /// <summary>Begins to read.</summary>
    public unsafe void Begin(OpenClArena arena, long count, in RegionContext run)
    {
        _isInPlace = run.IsPinned && !run.Scores.IsEmpty;
        _done = arena.Record(run, Phase.Download, "read buffer", new KernelWork(0, 2.0 * count * sizeof(float) / run.Images)) ?? _unrecorded;

        // Its owner holds the caller's memory fast for longer than this.
        fixed (float* scores = run.Scores)
        {
            PinnedMemory target = _isInPlace
                ? new PinnedMemory(scores, count * sizeof(float))
                : PinnedMemory.Of(_own ??= NativeMemoryPool.Shared.Rent<float>(bytes / sizeof(float))).Slice(0, count * sizeof(float));
            arena.Queue.BeginRead(arena.Maps, run.Inputs[0], target, signal: _done);
        }
    }

    /// <summary>Waits for the scores, and brings them to where the caller wants them.</summary>
    public void Complete(Span<float> scores)
    {
        _done.Wait();
        if (!_isInPlace)
        {
            _own!.Span[..scores.Length].CopyTo(scores);
        }
    }

    public void Dispose()
    {
        _unrecorded.Dispose();
        _own?.Dispose();
    }
}
