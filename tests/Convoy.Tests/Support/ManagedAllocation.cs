namespace Convoy.Tests.Support;

/// <summary>What a steady state allocates of managed memory.</summary>
internal static class ManagedAllocation
{
    private const int Runs = 100;

    /// <summary>
    /// Asserts that an action allocates nothing on this thread. What the process allocates says less: the test host has a
    /// timer that allocates ten times a second, and so during any action that takes long enough.
    /// </summary>
    public static void AssertNone(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int run = 0; run < Runs; run++)
        {
            action();
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(allocated, Is.Zero);
    }
}
