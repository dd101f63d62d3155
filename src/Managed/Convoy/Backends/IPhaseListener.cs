namespace Convoy.Backends;

/// <summary>What a stretch of time was spent on.</summary>
public enum Phase
{
    /// <summary>From the caller's memory to the device's.</summary>
    Upload,

    /// <summary>Arithmetic.</summary>
    Compute,

    /// <summary>From the device's memory to the caller's.</summary>
    Download,
}

/// <summary>What a phase does, whatever the time it takes.</summary>
/// <param name="Operations">Floating-point operations executed; a multiply-add counts as two.</param>
/// <param name="MapBytes">Bytes of feature maps, read and written once.</param>
/// <param name="WeightBytes">Bytes of packed weights, read once.</param>
/// <param name="WorkspaceBytes">Bytes that a step's phases leave for one another: written once, and read as often as they are.</param>
public readonly record struct PhaseWork(double Operations, double MapBytes, double WeightBytes, double WorkspaceBytes)
{
    /// <summary>All bytes read and written.</summary>
    public double Bytes => MapBytes + WeightBytes + WorkspaceBytes;

    /// <summary>The work of two phases together.</summary>
    public static PhaseWork operator +(in PhaseWork left, in PhaseWork right) => new(
        left.Operations + right.Operations,
        left.MapBytes + right.MapBytes,
        left.WeightBytes + right.WeightBytes,
        left.WorkspaceBytes + right.WorkspaceBytes);
}

/// <summary>A phase that ended. Times are nanoseconds on one clock of the device's, which never goes back.</summary>
/// <param name="Step">The step's index in the order the steps run; -1 for the way in and the way out.</param>
/// <param name="Phase">What the time was spent on.</param>
/// <param name="Name">The kernel's, the transfer's or the phase's name; null where a step has only one.</param>
/// <param name="BeginNanoseconds">When it began.</param>
/// <param name="EndNanoseconds">When it ended.</param>
public readonly record struct PhaseSpan(int Step, Phase Phase, string? Name, long BeginNanoseconds, long EndNanoseconds)
{
    /// <summary>The first of the batch's images that it was about.</summary>
    public int FirstImage { get; init; }

    /// <summary>Images that it was about; 0 where it does not tell.</summary>
    public int Images { get; init; }

    /// <summary>What it did; nothing where it does not tell.</summary>
    public PhaseWork Work { get; init; }

    /// <summary>True of what ran on the device's queue for transfers, beside the kernels'.</summary>
    public bool IsTransfer { get; init; }

    /// <summary>The processor's events meanwhile; null where nobody asked for them, or they cannot be counted.</summary>
    public EventCounts? Counts { get; init; }
}

/// <summary>What a thread did during a phase, on the same clock.</summary>
/// <param name="Thread">Which thread: 0 is the one that called.</param>
/// <param name="BeginNanoseconds">When it began.</param>
/// <param name="EndNanoseconds">When it ended.</param>
/// <param name="IsStolen">Whether the work was taken from another thread's share.</param>
public readonly record struct ThreadSpan(int Thread, long BeginNanoseconds, long EndNanoseconds, bool IsStolen);

/// <summary>
/// Hears what a run spends its time on, step by step. Without a listener a step pays a null check. Called on the thread that
/// runs, at the latest when the run ends.
/// </summary>
public interface IPhaseListener
{
    /// <summary>Whether the processor's events are to be counted too, which costs a few microseconds a phase and thread.</summary>
    bool CountsEvents => false;

    /// <summary>
    /// Whether phases are to be waited for one by one and timed by the host's clock, where a device has a clock of its own:
    /// for drivers whose times cannot be right.
    /// </summary>
    bool TimesOnHost => false;

    /// <summary>A phase ended; a step has one for each of its kernels and micro-batches. Phases of different queues may overlap.</summary>
    /// <param name="span">The phase.</param>
    /// <param name="threads">What each thread did meanwhile, one thread after the other; empty where the backend does not tell.</param>
    void OnPhase(in PhaseSpan span, ReadOnlySpan<ThreadSpan> threads);
}
