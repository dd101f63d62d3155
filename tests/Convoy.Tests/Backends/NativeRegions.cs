using Convoy.Backends.Native;
using Convoy.Tests.Cases;

namespace Convoy.Tests.Backends;

/// <summary>How the native backend divides and plans a case, without packing anything.</summary>
internal static class NativeRegions
{
    /// <summary>The regions of a case.</summary>
    public static NativeRegion[] Plan(OperatorCase operatorCase, NativeChoices choices)
    {
        using var backend = new NativeBackend(choices.Threads, choices);
        return [.. backend.Partition(operatorCase.ToGraph(), operatorCase.Batch).Cast<NativeRegion>()];
    }

    /// <summary>The only plan of a case that is one layer, and why it was chosen.</summary>
    public static NativePlan PlanOne(OperatorCase operatorCase, NativeChoices choices, out string? reason)
    {
        NativeRegion region = Plan(operatorCase, choices).Single();
        reason = region.Choice;
        return region.Plans[0];
    }
}
