using Convoy.Tensors;

namespace Convoy.Backends;

/// <summary>
/// A prepared step: it says what it is and needs, and then does arithmetic, nothing else. The order of its additions
/// depends on the layer and the algorithm alone, so that an image's result never depends on its neighbours.
/// </summary>
public interface IStep : IDisposable
{
    /// <summary>How it computes: "direct (avx2)".</summary>
    string Algorithm { get; }

    /// <summary>Why it computes so, where there are several ways: "of direct 1.00, winograd-8 0.38: by cost".</summary>
    string? Choice => null;

    /// <summary>Bytes of packed weights the step owns.</summary>
    long PackedBytes { get; }

    /// <summary>Bytes of scratch each thread needs while the step runs.</summary>
    /// <param name="batch">Images at a time: as many as it was prepared for, or fewer where the device has no room for those.</param>
    long GetScratchBytes(int batch);

    /// <summary>Bytes of the arena that the step's threads share while it runs, aligned as values are; nobody keeps them.</summary>
    /// <param name="batch">Images at a time: as many as it was prepared for, or fewer where the device has no room for those.</param>
    long GetWorkspaceBytes(int batch) => 0;

    /// <summary>The layout it reads.</summary>
    Layout InputLayout { get; }

    /// <summary>The layout it writes.</summary>
    Layout OutputLayout { get; }

    /// <summary>Whether it reads <see cref="StepContext.Source"/> instead of its input in the arena, where there is one.</summary>
    bool ReadsSource => false;

    /// <summary>Independent pieces of work in a batch of as many images as it was prepared for.</summary>
    long WorkItems { get; }

    /// <summary>
    /// Computes the step over the first images of the arena. When asked to stop it returns early, its output unfinished;
    /// the caller, who asked, tells the difference.
    /// </summary>
    void Run(in StepContext context);
}

/// <summary>
/// The way into a network: images in the caller's memory to the arena's first value. Dispose of it when nothing is in flight
/// any more: after the arena, or its <see cref="IArena.Synchronize"/>.
/// </summary>
public interface IBatchEntry : IDisposable
{
    /// <summary>Bytes of scratch each thread needs meanwhile.</summary>
    long ScratchBytes { get; }

    /// <summary>Brings in numbers in image, channel, row, column order.</summary>
    void Run(ReadOnlySpan<float> images, in StepContext context);

    /// <summary>Brings in bytes in image, row, column, channel order, normalised on the way.</summary>
    void Run(ReadOnlySpan<byte> images, in StepContext context);
}

/// <summary>The way out of a network: the arena's last value to the caller's memory.</summary>
public interface IBatchExit : IDisposable
{
    /// <summary>Bytes of scratch each thread needs meanwhile.</summary>
    long ScratchBytes { get; }

    /// <summary>Begins to take the answers out, behind the steps; a backend that computes at once leaves it to the other call.</summary>
    void Begin(in StepContext context);

    /// <summary>Waits for the answers, and copies them out in image, channel, row, column order.</summary>
    void Complete(Span<float> scores, in StepContext context);
}
