namespace Convoy.Runtime;

/// <summary>
/// The batches that wait to be computed, the oldest first, of which devices take pieces. Safe for several threads; it never
/// blocks but in <see cref="Take"/>, which is where a device that has nothing to do waits.
/// </summary>
internal sealed class BatchQueue
{
    private readonly object _lock = new();
    private readonly List<BatchPiece> _waiting = [];
    private readonly WorkSharing _sharing;
    private readonly TimeProvider _clock;
    private int _devices;
    private bool _isStopped;
    private Exception? _failure;

    /// <param name="sharing">Says who takes how much.</param>
    /// <param name="devices">How many devices take.</param>
    /// <param name="clock">Gives the time by which devices are measured.</param>
    public BatchQueue(WorkSharing sharing, int devices, TimeProvider clock)
    {
        _sharing = sharing;
        _devices = devices;
        _clock = clock;
    }

    /// <summary>The time, in seconds.</summary>
    public double Now => _clock.GetTimestamp() / (double)_clock.TimestampFrequency;

    /// <summary>A batch waits; where no device is left, it ends in the last one's failure.</summary>
    public void Add(BatchSlot slot)
    {
        lock (_lock)
        {
            _waiting.Add(slot.Whole);
            EndIfLost();
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Waits until there is a piece for a device; false when the queue was stopped.</summary>
    public bool Take(int device, out BatchPiece piece)
    {
        lock (_lock)
        {
            while (!_isStopped)
            {
                if (TryTake(device, out piece))
                {
                    return true;
                }

                Monitor.Wait(_lock);
            }
        }

        piece = default;
        return false;
    }

    /// <summary>A piece for a device, if there is one at once.</summary>
    public bool TryTake(int device, out BatchPiece piece)
    {
        lock (_lock)
        {
            piece = default;
            int count = _isStopped ? 0 : _sharing.Offer(device, _waiting.Sum(each => each.Count), Now);
            if (count == 0)
            {
                return false;
            }

            _sharing.Begin(device);
            piece = _waiting[0];
            if (piece.Count <= count)
            {
                _waiting.RemoveAt(0);
            }
            else
            {
                (piece, _waiting[0]) = piece.Split(count);
            }

            // Others may take more now that this one has its first piece.
            Monitor.PulseAll(_lock);
            return true;
        }
    }

    /// <summary>A device did a piece.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="piece">The piece.</param>
    /// <param name="begun">When it began, or had done the one before, in seconds.</param>
    public void End(int device, BatchPiece piece, double begun)
    {
        lock (_lock)
        {
            double now = Now;
            _sharing.End(device, piece.Count, now - begun, now);
            Monitor.PulseAll(_lock);
        }

        piece.Slot.End(piece.Count);
    }

    /// <summary>A device failed: what it had goes to the others, and where there are none, everything ends in its failure.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="pieces">What it had begun, the oldest first.</param>
    /// <param name="failure">What it failed with.</param>
    /// <param name="report">Called, before the pieces go on, whether others do.</param>
    public void Leave(int device, IEnumerable<BatchPiece> pieces, Exception failure, Action<bool> report)
    {
        lock (_lock)
        {
            // Within the lock, so that whoever finds itself the last knows that the others have been reported.
            bool othersGoOn = --_devices > 0;
            report(othersGoOn);
            _sharing.Leave(device);
            _waiting.InsertRange(0, pieces);
            _failure = othersGoOn ? null : failure;
            EndIfLost();
            Monitor.PulseAll(_lock);
        }
    }

    /// <summary>Wakes who waits, and gives no more out.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isStopped = true;
            Monitor.PulseAll(_lock);
        }
    }

    private void EndIfLost()
    {
        if (_failure is not null)
        {
            _waiting.ForEach(piece => piece.Slot.End(_failure));
            _waiting.Clear();
        }
    }
}
