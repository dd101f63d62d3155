using System.Runtime.CompilerServices;
using System.Threading.Channels;
using CommunityToolkit.HighPerformance.Buffers;
using Convoy.Memory;

namespace Convoy.Runtime;

/// <summary>Reads one item into the place of one image, in channel, row, column order. Called on several threads at once.</summary>
/// <exception cref="ConvoyException">The item cannot be read; it is reported with its item, and the others go on.</exception>
public delegate void ImageReader<in TItem>(TItem item, Span<float> image);

/// <summary>An item's answer.</summary>
/// <param name="Item">The item.</param>
/// <param name="Scores">Its scores; empty where it could not be read.</param>
/// <param name="Error">Why it could not be read, or null.</param>
public readonly record struct BatchResult<TItem>(TItem Item, ReadOnlyMemory<float> Scores, ConvoyException? Error);

/// <summary>
/// Runs a stream of items through a session: while one batch computes, the next is read on several threads. Answers come
/// in the order of the items. However many items there are, no more than <see cref="Slots"/> batches are in memory.
/// </summary>
/// <param name="session">Computes; several pipelines may share it.</param>
/// <param name="read">Reads an item.</param>
/// <param name="readThreads">Threads that read; 0 takes as many as the process may use.</param>
public sealed class BatchPipeline<TItem>(InferenceSession session, ImageReader<TItem> read, int readThreads = 0)
{
    /// <summary>Batches in memory at most: one is read, one computes, one waits in between.</summary>
    public const int Slots = 3;

    private readonly int _imageLength = (int)session.InputShape.Count;
    private readonly int _scoreLength = (int)session.OutputShape.Count;
    private readonly int _readThreads = readThreads > 0 ? readThreads : Environment.ProcessorCount;

    /// <summary>Runs the items, which are asked for as they are needed.</summary>
    public async IAsyncEnumerable<BatchResult<TItem>> RunAsync(
        IEnumerable<TItem> items, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        using var stopReading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ready = Channel.CreateBounded<Slot>(Slots);
        var free = Channel.CreateBounded<Slot>(Slots);
        Slot[] slots = [.. Enumerable.Range(0, Slots).Select(_ => new Slot(session.BatchSize, _imageLength))];
        foreach (Slot slot in slots)
        {
            free.Writer.TryWrite(slot);
        }

        Task reading = Task.Run(() => ReadAllAsync(items, free.Reader, ready.Writer, stopReading.Token), CancellationToken.None);
        try
        {
            await foreach (Slot slot in ready.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                using var scores = MemoryOwner<float>.Allocate(slot.Count * _scoreLength);
                session.Run(slot.Images(_imageLength), scores.Span, cancellationToken);
                for (int i = 0; i < slot.Count; i++)
                {
                    yield return slot.Errors[i] is { } error
                        ? new BatchResult<TItem>(slot.Items[i], default, error)
                        : new BatchResult<TItem>(slot.Items[i], scores.Span.Slice(i * _scoreLength, _scoreLength).ToArray(), null);
                }

                free.Writer.TryWrite(slot);
            }
        }
        finally
        {
            // Also when the caller stops asking: the reader is stopped and waited for before its buffers go.
            await stopReading.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (Slot slot in slots)
            {
                slot.Dispose();
            }
        }
    }

    private async Task ReadAllAsync(
        IEnumerable<TItem> items, ChannelReader<Slot> free, ChannelWriter<Slot> ready, CancellationToken cancellationToken)
    {
        try
        {
            foreach (TItem[] chunk in items.Chunk(session.BatchSize))
            {
                Slot slot = await free.ReadAsync(cancellationToken).ConfigureAwait(false);
                ReadBatch(chunk, slot, cancellationToken);
                await ready.WriteAsync(slot, cancellationToken).ConfigureAwait(false);
            }

            ready.Complete();
        }
        catch (Exception e)
        {
            // Whatever it is, the one who enumerates is told; a cancellation is told as one.
            ready.Complete(e);
        }
    }

    private void ReadBatch(TItem[] items, Slot slot, CancellationToken cancellationToken)
    {
        slot.Items = items;
        var options = new ParallelOptions { MaxDegreeOfParallelism = _readThreads, CancellationToken = cancellationToken };
        Parallel.For(0, items.Length, options, i =>
        {
            Span<float> image = slot.Image(i, _imageLength);
            try
            {
                slot.Errors[i] = null;
                read(items[i], image);
            }
            catch (ConvoyException e)
            {
                // Its place computes along with the others', which it cannot touch, and is not reported.
                image.Clear();
                slot.Errors[i] = e;
            }
        });
    }

    /// <summary>A batch's items, images and errors, used again and again.</summary>
    private sealed class Slot(int batchSize, int imageLength) : IDisposable
    {
        private readonly PooledBuffer<float> _images =
            NativeMemoryPool.Shared.Rent<float>((long)batchSize * imageLength);

        public TItem[] Items { get; set; } = [];

        public ConvoyException?[] Errors { get; } = new ConvoyException?[batchSize];

        public int Count => Items.Length;

        public Span<float> Image(int index, int length) => _images.Span.Slice(index * length, length);

        public ReadOnlySpan<float> Images(int length) => _images.Span[..(Count * length)];

        public void Dispose() => _images.Dispose();
    }
}
