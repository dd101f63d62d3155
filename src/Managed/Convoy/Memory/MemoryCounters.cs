namespace Convoy.Memory;

/// <summary>What a pool of memory has handed out, what it keeps, and the most it ever had. Thread-safe.</summary>
public sealed class MemoryCounters
{
    private readonly Lock _gate = new();
    private long _liveBytes;
    private long _pooledBytes;
    private long _peakBytes;

    internal MemoryCounters()
    {
    }

    /// <summary>Bytes handed out and not yet returned, as their size classes count them.</summary>
    public long LiveBytes => Read(ref _liveBytes);

    /// <summary>Bytes kept for the next renter.</summary>
    public long PooledBytes => Read(ref _pooledBytes);

    /// <summary>The highest sum of live and pooled bytes so far, or since <see cref="ResetPeak"/>.</summary>
    public long PeakBytes => Read(ref _peakBytes);

    /// <summary>Begins to look for the peak anew, from what is live and pooled now.</summary>
    public void ResetPeak()
    {
        lock (_gate)
        {
            _peakBytes = _liveBytes + _pooledBytes;
        }
    }

    /// <summary>Counts bytes that were handed out, returned, kept or freed; what is taken away is negative.</summary>
    internal void Add(long live, long pooled)
    {
        lock (_gate)
        {
            _liveBytes += live;
            _pooledBytes += pooled;
            _peakBytes = Math.Max(_peakBytes, _liveBytes + _pooledBytes);
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
