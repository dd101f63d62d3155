namespace Convoy.Tests.Support;

public sealed class ManagedAllocationTests
{
    [Test]
    public void What_other_threads_allocate_meanwhile_does_not_count()
    {
        using var stop = new CancellationTokenSource();
        int allocated = 0;
        var other = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.KeepAlive(new byte[100]);
                Interlocked.Increment(ref allocated);
            }
        });
        other.Start();
        try
        {
            ManagedAllocation.AssertNone(() =>
            {
                int seen = Volatile.Read(ref allocated);
                while (Volatile.Read(ref allocated) < seen + 2)
                {
                    Thread.Yield();
                }
            });
        }
        finally
        {
            stop.Cancel();
            other.Join();
        }
    }

    [Test]
    public void What_the_action_allocates_counts() =>
        Assert.That(() => ManagedAllocation.AssertNone(() => GC.KeepAlive(new object())), Throws.InstanceOf<AssertionException>());
}
