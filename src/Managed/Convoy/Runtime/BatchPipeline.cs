using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace Convoy.Runtime;

/// <summary>Reads one item into the place of one image, in channel, row, column order. Called on several threads at once.</summary>
/// <exception cref="ConvoyException">The item cannot be read; it is reported with its item, and the others go on.</exception>
public delegate void ImageReader<in TItem>(TItem item, Span<float> image);

/// <summary>An item's result.</summary>
/// <param name="Item">The item.</param>
/// <param name="Scores">Its scores; empty where it could not be read.</param>
/// <param name="Error">Why it could not be read, or null.</param>
public readonly record struct BatchResult<TItem>(TItem Item, ReadOnlyMemory<float> Scores, ConvoyException? Error);

/// <summary>
/// Runs a stream of items through one session or several: while batches compute, the next is read on several threads, and
/// where the device can, uploaded while the one before computes. Results come in the order of the items. However many items
/// there are, no more than <see cref="Slots"/> batches are in memory.
/// </summary>
/// <remarks>
/// <para>
/// Of several sessions each takes the next images when it is free: a whole batch, or fewer where its device is much slower
/// than the others, so that they need not wait for it (each begins with a few, by which it is measured). Every session
/// computes, if there are as many images as sessions; which images it computes changes no result by more than the devices
/// differ.
/// </para>
/// <para>
/// A device that fails hands what it has in flight to the others and is used no more by this pipeline. When the last one
/// fails, the enumeration ends in its failure.
/// </para>
/// </remarks>
public sealed class BatchPipeline<TItem>
{
    private readonly IReadOnlyList<InferenceSession> _sessions;
    private readonly ImageReader<TItem> _read;
    private readonly int _readThreads;
    private readonly int _batchSize;
    private ImmutableDictionary<InferenceSession, DeviceFailure> _failures = ImmutableDictionary<InferenceSession, DeviceFailure>.Empty;

    /// <summary>Runs items through one session.</summary>
    /// <param name="session">Computes; several pipelines may share it.</param>
    /// <param name="read">Reads an item.</param>
    /// <param name="readThreads">Threads that read; 0 takes as many as the process may use.</param>
    public BatchPipeline(InferenceSession session, ImageReader<TItem> read, int readThreads = 0)
        : this([session], read, readThreads)
    {
    }

    /// <summary>Runs items through several sessions of one network with the same weights, one for each device.</summary>
    /// <param name="sessions">
    /// Compute; several pipelines may share them. Their batch sizes may differ: batches are read in the largest, and a
    /// session with a smaller one computes them in parts.
    /// </param>
    /// <param name="read">Reads an item.</param>
    /// <param name="readThreads">
    /// Threads that read; 0 takes as many as the process may use, less one for each session beyond the first.
    /// </param>
    /// <exception cref="ArgumentException">There is no session, one is given twice, or their shapes differ.</exception>
    public BatchPipeline(IReadOnlyList<InferenceSession> sessions, ImageReader<TItem> read, int readThreads = 0)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        ArgumentNullException.ThrowIfNull(read);
        CheckThatTheyFit(sessions);
        _sessions = [.. sessions];
        _read = read;
        _readThreads = readThreads > 0 ? readThreads : Math.Max(1, Environment.ProcessorCount - (_sessions.Count - 1));
        _batchSize = _sessions.Max(session => session.BatchSize);
    }

    /// <summary>
    /// Batches in memory at most: for each session as many as it has in flight, one that is read, and one in between.
    /// </summary>
    public int Slots => _sessions.Sum(session => session.BatchesInFlight) + 2;

    /// <summary>
    /// Called once for each device that fails while others go on, between two results; null where nobody listens. The last
    /// device's failure is thrown instead.
    /// </summary>
    public Action<DeviceFailure>? DeviceFailed { get; init; }

    /// <summary>By what clock devices are measured.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The devices that have failed so far, in the order of the sessions.</summary>
    public IReadOnlyList<DeviceFailure> FailedDevices
    {
        get
        {
            ImmutableDictionary<InferenceSession, DeviceFailure> failures = _failures;
            return [.. _sessions.Where(failures.ContainsKey).Select(session => failures[session])];
        }
    }

    /// <summary>Runs the items, which are asked for as they are needed.</summary>
    /// <exception cref="ConvoyException">The last device failed; the sentence is that of its failure.</exception>
    /// <exception cref="ObjectDisposedException">A session was disposed.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public async IAsyncEnumerable<BatchResult<TItem>> RunAsync(
        IEnumerable<TItem> items, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        InferenceSession[] usable = FindUsable();
        var unreported = new ConcurrentQueue<DeviceFailure>();
        var ready = Channel.CreateBounded<Batch>(Slots);
        var free = Channel.CreateBounded<BatchSlot>(Slots);
        using var stopReading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<BatchSlot> slots = [];
        try
        {
            AddSlots(slots, free.Writer);
            var workers = new BatchWorkers(
                usable, _batchSize, (session, failure, othersGoOn) => NoteFailure(session, failure, othersGoOn, unreported), Clock, cancellationToken);
            await using (workers.ConfigureAwait(false))
            {
                Task reading = Task.Run(() => ReadAllAsync(items, free.Reader, ready.Writer, workers, stopReading.Token), CancellationToken.None);
                try
                {
                    await foreach (Batch batch in ready.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                    {
                        Exception? error = await batch.Slot.Outcome.WaitAsync(cancellationToken).ConfigureAwait(false);
                        Report(unreported);
                        ThrowIfAny(error, cancellationToken);
                        for (int i = 0; i < batch.Items.Length; i++)
                        {
                            yield return batch.GetResult(i);
                        }

                        free.Writer.TryWrite(batch.Slot);
                    }
                }
                finally
                {
                    // Also when the caller stops asking: the reader, then the workers are stopped and waited for before the slots go.
                    await stopReading.CancelAsync().ConfigureAwait(false);
                    await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
        finally
        {
            slots.ForEach(slot => slot.Dispose());
        }
    }

    private static void CheckThatTheyFit(IReadOnlyList<InferenceSession> sessions)
    {
        if (sessions.Count == 0)
        {
            throw new ArgumentException("There is no session to compute with; give one at least.", nameof(sessions));
        }

        if (sessions.Any(session => session is null))
        {
            throw new ArgumentNullException(nameof(sessions), "A session is null.");
        }

        if (sessions.Distinct().Count() < sessions.Count)
        {
            throw new ArgumentException("A session is given twice; give each once.", nameof(sessions));
        }

        InferenceSession first = sessions[0];
        if (sessions.FirstOrDefault(each => each.InputShape != first.InputShape || each.OutputShape != first.OutputShape) is { } other)
        {
            throw new ArgumentException(
                $"The sessions are of different networks: on '{first.Device}' {first.InputShape} becomes {first.OutputShape}, "
                    + $"on '{other.Device}' {other.InputShape} becomes {other.OutputShape}.",
                nameof(sessions));
        }
    }

    private static void ThrowIfAny(Exception? error, CancellationToken cancellationToken)
    {
        if (error is not null)
        {
            // What was stopped on request ends in the request.
            cancellationToken.ThrowIfCancellationRequested();
            ExceptionDispatchInfo.Throw(error);
        }
    }

    private InferenceSession[] FindUsable()
    {
        InferenceSession[] usable = [.. _sessions.Where(session => !_failures.ContainsKey(session))];
        if (usable.Length == 0)
        {
            ExceptionDispatchInfo.Throw(FailedDevices[^1].Error);
        }

        return usable;
    }

    private void NoteFailure(InferenceSession session, DeviceFailure failure, bool othersGoOn, ConcurrentQueue<DeviceFailure> unreported)
    {
        // Runs of one pipeline at the same time may all come upon it; the first reports it.
        if (ImmutableInterlocked.TryAdd(ref _failures, session, failure) && othersGoOn)
        {
            unreported.Enqueue(failure);
        }
    }

    private void Report(ConcurrentQueue<DeviceFailure> unreported)
    {
        while (unreported.TryDequeue(out DeviceFailure? failure))
        {
            DeviceFailed?.Invoke(failure);
        }
    }

    private void AddSlots(List<BatchSlot> slots, ChannelWriter<BatchSlot> free)
    {
        while (slots.Count < Slots)
        {
            slots.Add(new BatchSlot(_batchSize, (int)_sessions[0].InputShape.Count, (int)_sessions[0].OutputShape.Count));
            free.TryWrite(slots[^1]);
        }
    }

    private async Task ReadAllAsync(
        IEnumerable<TItem> items,
        ChannelReader<BatchSlot> free,
        ChannelWriter<Batch> ready,
        BatchWorkers workers,
        CancellationToken cancellationToken)
    {
        try
        {
            foreach (TItem[] chunk in items.Chunk(_batchSize))
            {
                BatchSlot slot = await free.ReadAsync(cancellationToken).ConfigureAwait(false);
                slot.Begin(chunk.Length);
                ReadBatch(chunk, slot, cancellationToken);
                workers.Add(slot);
                await ready.WriteAsync(new Batch(chunk, slot), cancellationToken).ConfigureAwait(false);
            }

            ready.Complete();
        }
        catch (Exception e)
        {
            // Whatever it is, it is reported to the one who enumerates, a cancellation as one.
            ready.Complete(e);
        }
    }

    private void ReadBatch(TItem[] items, BatchSlot slot, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = _readThreads, CancellationToken = cancellationToken };
        Parallel.For(0, items.Length, options, i =>
        {
            Span<float> image = slot.Image(i);
            try
            {
                slot.Errors[i] = null;
                _read(items[i], image);
            }
            catch (ConvoyException e)
            {
                // Its place computes along with the others', which it cannot touch, and is not reported.
                image.Clear();
                slot.Errors[i] = e;
            }
        });
    }

    /// <summary>Items and the slot they are in.</summary>
    private readonly record struct Batch(TItem[] Items, BatchSlot Slot)
    {
        public BatchResult<TItem> GetResult(int index) => Slot.Errors[index] is { } error
            ? new BatchResult<TItem>(Items[index], default, error)
            : new BatchResult<TItem>(Items[index], Slot.CopyScores(index), null);
    }
}
