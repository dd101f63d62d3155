using System.Collections.Concurrent;

namespace Convoy.Runtime;

/// <summary>
/// A thread for each device, which takes the next batch whenever it is free. A device that fails hands its batch back and
/// takes no more; the last one to fail ends every batch with its failure, so that nobody waits for one in vain.
/// </summary>
internal sealed class BatchWorkers : IAsyncDisposable
{
    private readonly BlockingCollection<BatchSlot> _waiting = [];
    private readonly CancellationTokenSource _stop;
    private readonly FailureListener _report;
    private readonly Task[] _threads;
    private readonly Lock _retiring = new();
    private int _working;

    /// <summary>Hears of a device's failure, on that device's thread, before its batch goes on.</summary>
    public delegate void FailureListener(InferenceSession session, DeviceFailure failure, bool othersGoOn);

    /// <summary>Starts the threads.</summary>
    /// <param name="sessions">Compute; at least one.</param>
    /// <param name="report">Hears of each failure.</param>
    /// <param name="cancellationToken">Stops the threads; whoever waits for a batch must watch it too.</param>
    public BatchWorkers(IReadOnlyCollection<InferenceSession> sessions, FailureListener report, CancellationToken cancellationToken)
    {
        _report = report;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _working = sessions.Count;

        // Threads of their own: they block for as long as a device computes, and the pool's are wanted for reading.
        _threads =
        [
            .. sessions.Select(session => Task.Factory.StartNew(
                () => Work(session), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)),
        ];
    }

    /// <summary>Hands a batch to whoever is free first.</summary>
    public void Add(BatchSlot slot) => _waiting.Add(slot);

    /// <summary>Stops what runs, and waits for it: afterwards nobody touches a slot.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);

        // They end in the cancellation; what else went wrong is in the slots.
        await Task.WhenAll(_threads).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _waiting.Dispose();
        _stop.Dispose();
    }

    private void Work(InferenceSession session)
    {
        foreach (BatchSlot slot in _waiting.GetConsumingEnumerable(_stop.Token))
        {
            try
            {
                session.Run(slot.Images, slot.Scores, _stop.Token);
            }
            catch (ConvoyException e)
            {
                Retire(session, slot, e);
                return;
            }
            catch (Exception e)
            {
                // No fault of the device's (a disposed session, say): the one who enumerates is told.
                slot.End(e);
                continue;
            }

            slot.End(null);
        }
    }

    private void Retire(InferenceSession session, BatchSlot slot, ConvoyException failure)
    {
        bool othersGoOn;
        lock (_retiring)
        {
            // At once, so that whoever finds itself the last knows that the others have been reported.
            othersGoOn = --_working > 0;
            _report(session, new DeviceFailure(session.Device, failure), othersGoOn);
        }

        _waiting.Add(slot);
        if (othersGoOn)
        {
            return;
        }

        foreach (BatchSlot lost in _waiting.GetConsumingEnumerable(_stop.Token))
        {
            lost.End(failure);
        }
    }
}
