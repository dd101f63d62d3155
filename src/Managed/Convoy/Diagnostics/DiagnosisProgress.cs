namespace Convoy.Diagnostics;

/// <summary>How far the examination of a machine is: within a part of it, for each part begins anew.</summary>
/// <param name="Part">What is examined: "the C library", "opencl:0".</param>
/// <param name="Done">How many checks of it are done.</param>
/// <param name="Count">How many there are; null where they are not counted.</param>
/// <param name="Failures">How many kernels were found wrong so far, of all parts together.</param>
public sealed record DiagnosisProgress(string Part, int Done, int? Count, int Failures)
{
    /// <summary>What is checked now: "conv 8x8x6 to 8x8x6"; "" where nobody tells.</summary>
    public string What { get; init; } = "";
}
