namespace Convoy.Bench.Peers;

/// <summary>An engine with a network loaded and one batch of images at hand.</summary>
internal interface IEngine : IDisposable
{
    /// <summary>The engine's name and version.</summary>
    string Name { get; }

    /// <summary>The scores of the last run.</summary>
    ReadOnlySpan<float> Scores { get; }

    /// <summary>Computes the batch once.</summary>
    void Run();
}
