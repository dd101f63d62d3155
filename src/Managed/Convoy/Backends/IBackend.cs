namespace Convoy.Backends;

/// <summary>
/// A way to compute on one device: divides a network's steps into regions, prepares those, and owns what running them takes
/// (threads, queues). The feature maps between regions lie in an arena that the backend makes and only its own regions look
/// into.
/// </summary>
internal interface IBackend : IDisposable
{
    /// <summary>The backend's name, as devices are named: "native".</summary>
    string Name { get; }

    /// <summary>Threads that compute.</summary>
    int Threads { get; }

    /// <summary>Bytes one number of a feature map takes in the arena.</summary>
    int ElementBytes { get; }

    /// <summary>
    /// How many batches may have begun before the first is completed: 1 where regions compute at once, more where they are
    /// enqueued and transfers run beside them.
    /// </summary>
    int BatchesInFlight { get; }

    /// <summary>Whether phases are timed by a clock that is not the host's, and may be wrong.</summary>
    bool HasOwnClock => false;

    /// <summary>The layout its regions read and write where they have the choice.</summary>
    Layout PreferredLayout { get; }

    /// <summary>
    /// The one question a backend is asked before it prepares: which steps run together, and over how many images at a time?
    /// Each step is in one region, in the graph's order; algorithms are chosen, and every size is known.
    /// </summary>
    /// <param name="graph">The fused steps.</param>
    /// <param name="batch">The batch size; micro-batches are from 1 to this.</param>
    /// <exception cref="BackendException">The backend cannot compute one of the steps; the sentence names it.</exception>
    ImmutableArray<IRegion> Partition(StepGraph graph, int batch);

    /// <summary>Prepares a change of layout between two regions that disagree.</summary>
    IPreparedRegion PrepareTransform(Shape shape, Layout from, Layout to, int images);

    /// <summary>Prepares the way in: images from the caller's memory to the first value.</summary>
    /// <param name="shape">One image.</param>
    /// <param name="to">The layout the first region wants.</param>
    /// <param name="normalization">How bytes become numbers; null where only numbers will come.</param>
    /// <param name="images">The largest number of images at a time.</param>
    IBatchEntry PrepareEntry(Shape shape, Layout to, PixelNormalization? normalization, int images);

    /// <summary>Prepares the way out: a value to the caller's memory.</summary>
    IBatchExit PrepareExit(Shape shape, Layout from, int images);

    /// <summary>Which limit of the device a batch's memory exceeds, in a sentence; null where none is known to be exceeded.</summary>
    string? FindExcess(in MemoryNeeds needs) => null;

    /// <summary>Makes the memory that regions run in.</summary>
    /// <param name="bytes">The size of the arena, for a full batch.</param>
    /// <param name="scratchBytes">The scratch each thread needs.</param>
    /// <exception cref="BatchTooLargeException">The device has no memory left for it.</exception>
    IArena CreateArena(long bytes, long scratchBytes);

    /// <summary>Has a session that is ready rehearsed, where it is not known whether its regions follow one another as they should.</summary>
    /// <param name="rehearse">Runs all of it, and tells what came of that.</param>
    /// <exception cref="BackendException">They do not.</exception>
    void Rehearse(Func<RehearsalOutcome> rehearse)
    {
    }
}

/// <summary>What came of a session that ran as it will be run.</summary>
/// <param name="Difference">
/// The largest difference from what it computes when every command is waited for, in shares of the largest number; null where there is none.
/// </param>
/// <param name="IsTelling">False where the scores would be the same whatever the images.</param>
internal readonly record struct RehearsalOutcome(double? Difference, bool IsTelling);

/// <summary>The memory of a batch, in bytes.</summary>
/// <param name="Images">The images where they come in.</param>
/// <param name="Scores">The largest of the outputs.</param>
/// <param name="Arena">Feature maps and workspaces.</param>
/// <param name="Scratch">Scratch, for each thread.</param>
internal readonly record struct MemoryNeeds(long Images, long Scores, long Arena, long Scratch);

/// <summary>Memory that a backend's regions run in: the feature maps of one batch, and scratch for each thread.</summary>
internal interface IArena : IDisposable
{
    /// <summary>Bytes held, scratch included.</summary>
    long Bytes { get; }

    /// <summary>
    /// A batch has left through all its exits: takes back what was lent for it, and reports what ran unobserved. A backend that
    /// computes at once has nothing to do.
    /// </summary>
    void Complete(in RegionContext context)
    {
    }

    /// <summary>
    /// Waits until nothing is in flight any more, and forgets what was. It is called where something failed already, and never
    /// throws: a device that cannot even be waited for fails the next call too.
    /// </summary>
    void Synchronize();
}
