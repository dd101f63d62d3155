namespace Convoy.Profiling;

/// <summary>What a layer's or a phase's time is bound by.</summary>
public enum Bound
{
    /// <summary>Arithmetic: the multiply-adds take the time.</summary>
    Arithmetic,

    /// <summary>Reading and writing memory.</summary>
    Memory,

    /// <summary>Reading and writing the last-level cache.</summary>
    Cache,

    /// <summary>Beginning and ending: there is next to nothing in between.</summary>
    Launch,

    /// <summary>Threads that wait for one another.</summary>
    Waiting,
}

/// <summary>What keeps a layer or a phase from being faster.</summary>
/// <param name="Bound">What takes most of the time.</param>
/// <param name="Percent">How much of the time that would take alone, at the measured peak, in percent.</param>
/// <param name="Advice">What would help, in a sentence.</param>
public sealed record Limit(Bound Bound, double Percent, string Advice);
