using Convoy.Profiling;
using Convoy.Runtime;

namespace Convoy.Diagnostics;

/// <summary>What can compute on this machine, and why the rest cannot.</summary>
/// <param name="Native">The C library on the processor's cores.</param>
/// <param name="OpenCl">OpenCL, from the loader to each device's kernels.</param>
/// <param name="Cache">Whether what was measured and built is kept for the next start.</param>
/// <param name="Peaks">What the cores can do at best; null where that was not measured.</param>
public sealed record MachineDiagnosis(NativeDiagnosis Native, OpenClDiagnosis OpenCl, CacheDiagnosis Cache, DevicePeaks? Peaks)
{
    /// <summary>True when a device other than the reference computes, and computes right.</summary>
    public bool HasFastDevice => Native.Works || OpenCl.Works;

    /// <summary>Looks at this machine: takes up to a few seconds, most of them for compilers of OpenCL drivers, and never throws.</summary>
    public static MachineDiagnosis Examine()
    {
        var native = NativeDiagnosis.Examine();
        return new(native, OpenClDiagnosis.Examine(), CacheDiagnosis.Examine(), native.Works ? DevicePeaks.Of(Device.Native, Device.Native.Threads) : null);
    }
}
