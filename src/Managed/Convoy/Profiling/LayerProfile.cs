using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>What one kernel, or one transfer, of a step took for a batch.</summary>
/// <param name="Name">The kernel's name, or what is done to a buffer: "pad", "write buffer".</param>
/// <param name="Milliseconds">Time for one batch.</param>
public sealed record KernelProfile(string Name, double Milliseconds);

/// <summary>Where a batch's time went in one step, the way in, or the way out.</summary>
/// <param name="Step">What the step is.</param>
/// <param name="Kernels">Its kernels and transfers, in the order they were enqueued; empty where the backend has neither.</param>
/// <param name="Milliseconds">Time for one batch: that of all its kernels together.</param>
/// <param name="GigaFlops">Floating-point operations for one batch, in 10^9; a multiply-add counts as two.</param>
/// <param name="GigaBytes">Feature maps and weights read and written once for one batch, in 10^9 bytes.</param>
public sealed record LayerProfile(StepInfo Step, ImmutableArray<KernelProfile> Kernels, double Milliseconds, double GigaFlops, double GigaBytes)
{
    /// <summary>10^9 floating-point operations a second.</summary>
    public double GigaFlopsPerSecond => Milliseconds > 0 ? GigaFlops / Milliseconds * 1e3 : 0;

    /// <summary>10^9 bytes a second.</summary>
    public double GigaBytesPerSecond => Milliseconds > 0 ? GigaBytes / Milliseconds * 1e3 : 0;
}
