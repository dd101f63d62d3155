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
    /// <param name="progress">Hears what is examined as it begins, on the calling thread; null where nobody wants to.</param>
    public static MachineDiagnosis Examine(Action<DiagnosisProgress>? progress = null)
    {
        var teller = new DiagnosisTeller(progress);
        teller.Begin("the C library");
        var native = NativeDiagnosis.Examine();
        teller.Begin("OpenCL's drivers");
        var openCl = OpenClDiagnosis.Examine(teller);
        teller.Begin("the cache folder");
        var cache = CacheDiagnosis.Examine();
        return new(native, openCl, cache, native.Works ? MeasurePeaks(teller) : null);
    }

    private static DevicePeaks? MeasurePeaks(DiagnosisTeller teller)
    {
        teller.Begin("the cores' peaks");
        return DevicePeaks.Of(Device.Native, Device.Native.Threads, out _, progress: step => teller.Check(step.What, step.Done, step.Count));
    }
}
