namespace Convoy.Backends.OpenCL.Interop;

/// <summary>What is held in buffers, in the bytes that were asked for; host memory lent to a device counts too. Thread-safe.</summary>
internal sealed class ClMemoryCounters
{
    private readonly Lock _gate = new();
    private long _liveBuffers;
    private long _liveBytes;
    private long _peakBytes;

    /// <summary>Buffers allocated and not yet released.</summary>
    public long LiveBuffers => Read(ref _liveBuffers);

    /// <summary>Bytes allocated and not yet released.</summary>
    public long LiveBytes => Read(ref _liveBytes);

    /// <summary>The most live bytes so far, or since <see cref="ResetPeak"/>.</summary>
    public long PeakBytes => Read(ref _peakBytes);

    /// <summary>Begins to look for the peak anew, from what is live now.</summary>
    public void ResetPeak()
    {
        lock (_gate)
        {
            _peakBytes = _liveBytes;
        }
    }

    internal void CountAllocated(long bytes)
    {
        lock (_gate)
        {
            _liveBuffers++;
            _liveBytes += bytes;
            _peakBytes = Math.Max(_peakBytes, _liveBytes);
        }
    }

    internal void CountFreed(long bytes)
    {
        lock (_gate)
        {
            _liveBuffers--;
            _liveBytes -= bytes;
        }
    }

    private long Read(ref long counter)
    {
        lock (_gate)
        {
            return counter;
        }
    }
}
