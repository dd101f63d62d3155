using Convoy.Memory;

namespace Convoy.Runtime;

/// <summary>The place of one batch in a <see cref="BatchPipeline{TItem}"/>, used again and again: images, scores and how it went.</summary>
internal sealed class BatchSlot : IDisposable
{
    private readonly int _imageLength;
    private readonly int _scoreLength;
    private readonly PooledBuffer<float> _images;
    private readonly PooledBuffer<float> _scores;
    private int _count;
    private int _left;
    private TaskCompletionSource<Exception?> _outcome = new();

    public BatchSlot(int batchSize, int imageLength, int scoreLength)
    {
        _imageLength = imageLength;
        _scoreLength = scoreLength;
        Errors = new ConvoyException?[batchSize];
        _images = NativeMemoryPool.Shared.Rent<float>((long)batchSize * imageLength);
        try
        {
            _scores = NativeMemoryPool.Shared.Rent<float>((long)batchSize * scoreLength);
        }
        catch
        {
            _images.Dispose();
            throw;
        }
    }

    /// <summary>All of it.</summary>
    public BatchPiece Whole => new(this, 0, _count);

    /// <summary>Why images could not be read; null for those that could.</summary>
    public ConvoyException?[] Errors { get; }

    /// <summary>Ends when the whole batch was computed, with null, or with what first stopped a part of it.</summary>
    public Task<Exception?> Outcome => _outcome.Task;

    /// <summary>Takes in a new batch.</summary>
    public void Begin(int count)
    {
        _count = count;
        _left = count;
        _outcome = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The place of one image.</summary>
    public Span<float> Image(int index) => _images.Span.Slice(index * _imageLength, _imageLength);

    /// <summary>Images, one after the other.</summary>
    public ReadOnlySpan<float> GetImages(int first, int count) => _images.Span.Slice(first * _imageLength, count * _imageLength);

    /// <summary>Their scores, one image's after the other's.</summary>
    public Span<float> GetScores(int first, int count) => _scores.Span.Slice(first * _scoreLength, count * _scoreLength);

    /// <summary>A copy of one image's scores.</summary>
    public float[] CopyScores(int index) => _scores.Span.Slice(index * _scoreLength, _scoreLength).ToArray();

    /// <summary>Reports that so many images were computed.</summary>
    public void End(int count)
    {
        if (Interlocked.Add(ref _left, -count) == 0)
        {
            _outcome.TrySetResult(null);
        }
    }

    /// <summary>Reports what stopped a part of the batch.</summary>
    public void End(Exception failure) => _outcome.TrySetResult(failure);

    public void Dispose()
    {
        _images.Dispose();
        _scores.Dispose();
    }
}
