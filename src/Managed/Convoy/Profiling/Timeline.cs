using System.Text.Json.Serialization;
using Convoy.Backends;

namespace Convoy.Profiling;

/// <summary>A batch, or several in flight, as they passed: every kernel and phase, and what each thread did.</summary>
/// <param name="Tracks">What runs beside one another: queues of the device, or threads of the host.</param>
/// <param name="Spans">What ran on them.</param>
public sealed record Timeline(ImmutableArray<TimelineTrack> Tracks, ImmutableArray<TimelineSpan> Spans);

/// <summary>A queue of a device, or a thread.</summary>
/// <param name="Name">What it is called: "queue", "transfers", "thread 0".</param>
/// <param name="IsThread">Whether it is a thread, whose spans lie within those of the queue's.</param>
public sealed record TimelineTrack(string Name, bool IsThread);

/// <summary>A stretch of time on a track.</summary>
/// <param name="Track">The track's index.</param>
/// <param name="Layer">The layer's index in the profile: 0 the way in, the last the way out.</param>
/// <param name="Name">The kernel's or phase's name.</param>
/// <param name="Phase">What the time was spent on.</param>
/// <param name="FirstImage">The first image of the micro-batch.</param>
/// <param name="Images">Its images.</param>
/// <param name="BeginMicroseconds">When it began, from the first batch's beginning.</param>
/// <param name="EndMicroseconds">When it ended.</param>
/// <param name="IsStolen">Of a thread: whether the work was taken from another one's share.</param>
/// <param name="Batch">Of several batches in flight, which one: 0 the first.</param>
public sealed record TimelineSpan(
    int Track,
    int Layer,
    string Name,
    Phase Phase,
    int FirstImage,
    int Images,
    [property: JsonPropertyName("begin_us")] double BeginMicroseconds,
    [property: JsonPropertyName("end_us")] double EndMicroseconds,
    bool IsStolen = false,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Batch = 0);
