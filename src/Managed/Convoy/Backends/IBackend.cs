using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends;

/// <summary>
/// A way to compute: prepares fused steps for one device and one batch size, and owns what running them takes (threads,
/// queues). The feature maps between steps lie in an arena that the backend makes and only its own steps look into.
/// </summary>
public interface IBackend : IDisposable
{
    /// <summary>The backend's name, as devices are named: "native".</summary>
    string Name { get; }

    /// <summary>Threads that compute.</summary>
    int Threads { get; }

    /// <summary>Bytes one number of a feature map takes in the arena.</summary>
    int ElementBytes { get; }

    /// <summary>
    /// How many batches may have begun before the first is completed: 1 where steps compute at once, more where they are
    /// enqueued and transfers run beside them.
    /// </summary>
    int BatchesInFlight { get; }

    /// <summary>The layout its steps read and write where they have the choice.</summary>
    Layout PreferredLayout { get; }

    /// <summary>
    /// How many of a batch's images to carry through the first steps of a network together, so that their feature maps stay
    /// in a cache; all of them where nothing is gained.
    /// </summary>
    /// <param name="steps">The steps before the first fully connected one.</param>
    /// <param name="batch">The batch size; the answer is from 1 to this.</param>
    int CountImagesTogether(ReadOnlySpan<FusedStep> steps, int batch) => batch;

    /// <summary>
    /// True where the backend's step for a convolution does the pooling behind it too, and is expected to be faster for it.
    /// Unless a backend says otherwise, pooling stays a step of its own.
    /// </summary>
    /// <param name="convolution">The step without pooling.</param>
    /// <param name="pool">The pooling.</param>
    /// <param name="batch">The batch size; the step may be prepared for fewer images.</param>
    bool TakesPool(FusedStep convolution, Pool2D pool, int batch) => false;

    /// <summary>Prepares a fused step: chooses its algorithm and packs its weights, which may be let go afterwards.</summary>
    /// <exception cref="BackendException">The backend cannot compute such a step.</exception>
    IStep Prepare(FusedStep step, StepWeights weights, int batch);

    /// <summary>
    /// How many of these steps, from the first on, the backend would rather compute as one; 0 where it has no such thing. In
    /// a run each step reads what the one before it wrote, and nobody else does.
    /// </summary>
    int CountChain(ReadOnlySpan<FusedStep> run, int batch) => 0;

    /// <summary>Prepares steps as one: as many as <see cref="CountChain"/> answered for them.</summary>
    /// <param name="steps">The steps.</param>
    /// <param name="weights">The weights of each.</param>
    /// <param name="batch">The largest number of images.</param>
    IStep PrepareChain(ReadOnlySpan<FusedStep> steps, ReadOnlySpan<StepWeights> weights, int batch) =>
        throw new BackendException($"The backend '{Name}' computes every step by itself.");

    /// <summary>Prepares a change of layout between two steps that disagree.</summary>
    IStep PrepareTransform(Shape shape, Layout from, Layout to, int batch);

    /// <summary>Prepares the way in: images from the caller's memory to the first value.</summary>
    /// <param name="shape">One image.</param>
    /// <param name="to">The layout the first step wants.</param>
    /// <param name="normalization">How bytes become numbers; null where only numbers will come.</param>
    /// <param name="batch">The largest number of images.</param>
    IBatchEntry PrepareEntry(Shape shape, Layout to, PixelNormalization? normalization, int batch);

    /// <summary>Prepares the way out: the last value to the caller's memory.</summary>
    IBatchExit PrepareExit(Shape shape, Layout from, int batch);

    /// <summary>Makes the memory that steps run in.</summary>
    /// <param name="bytes">The size of the arena, for a full batch.</param>
    /// <param name="scratchBytes">The scratch each thread needs.</param>
    IArena CreateArena(long bytes, long scratchBytes);
}

/// <summary>Memory that a backend's steps run in: the feature maps of one batch, and scratch for each thread.</summary>
public interface IArena : IDisposable
{
    /// <summary>Bytes held, scratch included.</summary>
    long Bytes { get; }

    /// <summary>
    /// Waits until nothing is in flight any more, and forgets what was. It is called where something failed already, and never
    /// throws: a device that cannot even be waited for fails the next call too.
    /// </summary>
    void Synchronize();
}
