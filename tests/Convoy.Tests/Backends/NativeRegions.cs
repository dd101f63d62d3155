using Convoy.Backends.Native;
using Convoy.Tests.Cases;

namespace Convoy.Tests.Backends;

/// <summary>How the native backend divides and plans a case, without packing anything.</summary>
internal static class NativeRegions
{
    /// <summary>The regions of a case.</summary>
    public static NativeRegion[] Plan(OperatorCase operatorCase, NativeOptions options)
    {
        using var backend = new NativeBackend(options.Threads, options);
        return [.. backend.Partition(operatorCase.ToGraph(), operatorCase.Batch).Cast<NativeRegion>()];
    }

    /// <summary>The only plan of a case that is one layer, and why it was chosen.</summary>
    public static NativePlan PlanOne(OperatorCase operatorCase, NativeOptions options, out string? reason)
    {
        NativeRegion region = Plan(operatorCase, options).Single();
        reason = region.Choice;
        return region.Plans[0];
    }
}
