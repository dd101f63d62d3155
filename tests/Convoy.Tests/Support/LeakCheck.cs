using Convoy.Memory;
using NUnit.Framework.Interfaces;

[assembly: Convoy.Tests.Support.LeakCheck]

namespace Convoy.Tests.Support;

/// <summary>
/// Fails every test that leaves native memory behind, set-up and tear-down included, and the run if a fixture's one-time
/// set-up did. So what a test allocates it disposes, and what tests share belongs to OneTimeSetUp and OneTimeTearDown.
/// </summary>
/// <remarks>
/// It works on tests because the adapter drops whatever fails at the end of a fixture or of the assembly: such a run
/// passes. For the same reason the last check, over the whole run, ends the process. Tests must not run in parallel.
/// </remarks>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class LeakCheckAttribute : Attribute, ITestAction
{
    private NativeMemorySnapshot _beforeRun;
    private NativeMemorySnapshot _beforeTest;

    // The first fixture to hold buffers between tests since the last time that none did.
    private string? _holder;

    public ActionTargets Targets => ActionTargets.Test | ActionTargets.Suite;

    public void BeforeTest(ITest test)
    {
        var now = NativeMemorySnapshot.Take();
        if (test.IsSuite)
        {
            _beforeRun = now;
            return;
        }

        _beforeTest = now;
        _holder = now.LiveBuffers > _beforeRun.LiveBuffers ? _holder ?? test.ClassName : null;
    }

    public void AfterTest(ITest test)
    {
        NativeMemorySnapshot before = test.IsSuite ? _beforeRun : _beforeTest;
        var now = NativeMemorySnapshot.Take();
        if (test.IsSuite || test.Properties.ContainsKey(LeaksOnPurposeAttribute.Name))
        {
            now = now with { LeakedBuffers = before.LeakedBuffers };
        }

        if (now.DescribeLeakSince(before) is not { } leak)
        {
            return;
        }

        if (test.IsSuite)
        {
            Environment.FailFast($"{leak} It began in {_holder ?? test.Name}.");
        }

        // What this test dropped must not be finalized during the next one, which is innocent; nor is what it still holds
        // the run's to report again.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long held = NativeMemoryCounters.LiveBuffers - before.LiveBuffers;
        _beforeRun = _beforeRun with { LiveBuffers = _beforeRun.LiveBuffers + held };
        Assert.Fail(leak);
    }
}

/// <summary>Marks a test that drops buffers for the garbage collector to free; it must still leave none live.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LeaksOnPurposeAttribute() : PropertyAttribute(Name, "")
{
    public const string Name = "LeaksOnPurpose";
}
