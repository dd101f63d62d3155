using Convoy.Backends;
using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>What a session could be given more of.</summary>
/// <param name="HasThreads">Whether its device would take more threads, and the process has processors for them.</param>
/// <param name="HasSmallerWeights">Whether its device would store weights of fully connected layers in fewer bits.</param>
internal readonly record struct Headroom(bool HasThreads, bool HasSmallerWeights)
{
    /// <summary>A session's.</summary>
    public static Headroom Of(InferenceSession session) => new(
        session.Threads < Environment.ProcessorCount && session.Device.FindRefusal(new SessionOptions { Threads = session.Threads + 1 }) is null,
        session.WeightPrecision == WeightPrecision.Float32
            && session.Device.FindRefusal(new SessionOptions { WeightPrecision = WeightPrecision.Float16 }) is null);
}
