namespace Convoy.Tests.Support;

/// <summary>What a steady state allocates of managed memory.</summary>
internal static class ManagedAllocation
{
    /// <summary>
    /// Asserts that an action allocates nothing on any of the process's threads. What else allocates now and then, the
    /// runtime's own threads, cannot do so in every one of several windows.
    /// </summary>
    public static void AssertNone(Action action)
    {
        long least = long.MaxValue;
        for (int window = 0; window < 10; window++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            action();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.That(least, Is.Zero);
    }
}
