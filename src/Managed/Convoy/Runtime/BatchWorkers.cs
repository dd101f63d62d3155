namespace Convoy.Runtime;

/// <summary>
/// A thread for each device, which takes the next piece of a batch whenever it is free, and has as many in flight as the
/// device can, but waits for none while one is under way. A device that fails hands what it has in flight back and takes no
/// more; the last one to fail ends every batch with its failure, so that nobody waits for one in vain.
/// </summary>
internal sealed class BatchWorkers : IAsyncDisposable
{
    private readonly BatchQueue _queue;
    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenRegistration _wakeUp;
    private readonly FailureListener _report;
    private readonly Task[] _threads;

    /// <summary>Hears of a device's failure, on that device's thread, before what it had goes on.</summary>
    public delegate void FailureListener(InferenceSession session, DeviceFailure failure, bool othersGoOn);

    /// <summary>Starts the threads.</summary>
    /// <param name="sessions">Compute; at least one.</param>
    /// <param name="batchSize">The largest batch.</param>
    /// <param name="report">Hears of each failure.</param>
    /// <param name="clock">Gives the time by which devices are measured.</param>
    /// <param name="cancellationToken">Stops the threads; whoever waits for a batch must watch it too.</param>
    public BatchWorkers(
        IReadOnlyList<InferenceSession> sessions, int batchSize, FailureListener report, TimeProvider clock, CancellationToken cancellationToken)
    {
        _report = report;
        var sharing = new WorkSharing(sessions.Select(Describe), batchSize);
        _queue = new BatchQueue(sharing, sessions.Count, clock);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _wakeUp = _stop.Token.Register(_queue.Stop);

        // Threads of their own: they block for as long as a device computes, and the pool's are wanted for reading.
        _threads =
        [
            .. sessions.Select((session, device) => Task.Factory.StartNew(
                () => Work(session, device), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)),
        ];
    }

    /// <summary>Hands a batch to whoever is free first.</summary>
    public void Add(BatchSlot slot) => _queue.Add(slot);

    /// <summary>Stops what runs, and waits for it: afterwards nobody touches a slot.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_threads).ConfigureAwait(false);
        await _wakeUp.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private static SharingDevice Describe(InferenceSession session) =>
        new(session.BatchSize, session.BatchesInFlight, session.Device.Type == DeviceType.Cpu);

    private void Work(InferenceSession session, int device)
    {
        var inFlight = new Queue<(BatchPiece Piece, double Begun)>();
        while (_queue.Take(device, out BatchPiece piece))
        {
            inFlight.Enqueue((piece, _queue.Now));
            try
            {
                Stream(session, device, inFlight);
            }
            catch (ConvoyException e)
            {
                IEnumerable<BatchPiece> pieces = inFlight.Select(each => each.Piece);
                _queue.Leave(device, pieces, e, othersGoOn => _report(session, new DeviceFailure(session.Device, e), othersGoOn));
                return;
            }
            catch (Exception e)
            {
                // No fault of the device's (a disposed session, say): it is reported to the one who enumerates.
                while (inFlight.TryDequeue(out (BatchPiece Piece, double Begun) lost))
                {
                    lost.Piece.Slot.End(e);
                }
            }
        }
    }

    /// <summary>Computes a piece, and what others come while it is in flight.</summary>
    private void Stream(InferenceSession session, int device, Queue<(BatchPiece Piece, double Begun)> inFlight)
    {
        using BatchStream stream = session.OpenStream(null, _stop.Token);
        Begin(stream, inFlight.Peek().Piece);
        double lastEnded = 0;
        while (inFlight.Count > 0)
        {
            if (!stream.IsFull && !stream.IsUp && _queue.TryTake(device, out BatchPiece next))
            {
                inFlight.Enqueue((next, _queue.Now));
                Begin(stream, next);
                continue;
            }

            (BatchPiece piece, double begun) = inFlight.Peek();
            stream.Complete(piece.Scores);
            inFlight.Dequeue();
            _queue.End(device, piece, Math.Max(begun, lastEnded));
            lastEnded = _queue.Now;
        }
    }

    private static void Begin(BatchStream stream, BatchPiece piece) => stream.Begin(piece.Images, piece.Scores);
}
