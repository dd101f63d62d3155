namespace Convoy.Runtime;

/// <summary>Where the scores of some images go: one span for a network's only output, or memory for each of several.</summary>
internal readonly ref struct ScoreTargets
{
    private readonly Span<float> _single;
    private readonly ReadOnlySpan<Memory<float>> _several;
    private readonly int _first;
    private readonly int _images;

    /// <summary>The scores of a network of one output.</summary>
    public ScoreTargets(Span<float> single, int images)
    {
        _single = single;
        _images = images;
    }

    /// <summary>The scores of a network of several outputs, in its order.</summary>
    public ScoreTargets(ReadOnlySpan<Memory<float>> several, int images)
    {
        _several = several;
        _images = images;
    }

    private ScoreTargets(ScoreTargets all, int first, int images)
    {
        _single = all._single;
        _several = all._several;
        _first = all._first + first;
        _images = images;
    }

    /// <summary>Those of some of the images.</summary>
    public ScoreTargets Slice(int first, int images) => new(this, first, images);

    /// <summary>One output's, so many numbers an image.</summary>
    public Span<float> Get(int output, int length) =>
        (_several.IsEmpty ? _single : _several[output].Span).Slice(_first * length, _images * length);
}
