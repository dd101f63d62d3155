using Convoy.Backends;

namespace Convoy.Runtime;

/// <summary>Hears what a run spends its time on. Called on the thread that runs, between steps.</summary>
public interface IRunListener
{
    /// <summary>A phase ended. Times are nanoseconds on one clock that never goes back.</summary>
    /// <param name="step">The step's index in <see cref="InferenceSession.Steps"/>; -1 for the way in and the way out.</param>
    /// <param name="phase">What the time was spent on.</param>
    /// <param name="beginNanoseconds">When the phase began.</param>
    /// <param name="endNanoseconds">When it ended.</param>
    void OnPhase(int step, Phase phase, long beginNanoseconds, long endNanoseconds);
}
