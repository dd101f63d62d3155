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

    /// <summary>The images, one after the other.</summary>
    public ReadOnlySpan<float> Images => _images.Span[..(_count * _imageLength)];

    /// <summary>The scores, one image's after the other's.</summary>
    public Span<float> Scores => _scores.Span[..(_count * _scoreLength)];

    /// <summary>Why images could not be read; null for those that could.</summary>
    public ConvoyException?[] Errors { get; }

    /// <summary>Ends when the batch was computed, with null, or with what stopped it.</summary>
    public Task<Exception?> Outcome => _outcome.Task;

    /// <summary>Takes in a new batch.</summary>
    public void Begin(int count)
    {
        _count = count;
        _outcome = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>The place of one image.</summary>
    public Span<float> Image(int index) => _images.Span.Slice(index * _imageLength, _imageLength);

    /// <summary>A copy of one image's scores.</summary>
    public float[] CopyScores(int index) => _scores.Span.Slice(index * _scoreLength, _scoreLength).ToArray();

    /// <summary>Tells that the batch was computed, or what stopped it.</summary>
    public void End(Exception? failure) => _outcome.SetResult(failure);

    public void Dispose()
    {
        _images.Dispose();
        _scores.Dispose();
    }
}
