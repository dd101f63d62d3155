using System.Runtime.CompilerServices;
using Convoy.Memory;
using NUnit.Framework.Internal;

namespace Convoy.Tests.Support;

public sealed class LeakCheckTests
{
    [Test]
    public void A_buffer_left_alive_is_described_until_it_is_disposed()
    {
        var before = NativeMemorySnapshot.Take();
        var planted = NativeBuffer<float>.Allocate(1000);
        string? leak = NativeMemorySnapshot.Take().DescribeLeakSince(before);
        planted.Dispose();

        Assert.That(leak, Does.Contain("1 more buffer(s), 4,000 bytes"));
        Assert.That(NativeMemorySnapshot.Take().DescribeLeakSince(before), Is.Null);
    }

    [Test]
    public void A_rented_buffer_not_returned_is_described_and_what_the_shared_pool_keeps_is_not()
    {
        var before = NativeMemorySnapshot.Take();
        PooledBuffer<float> planted = NativeMemoryPool.Shared.Rent<float>(1000);
        string? leak = NativeMemorySnapshot.Take().DescribeLeakSince(before);
        planted.Dispose();

        Assert.That(leak, Does.Contain("1 more buffer(s)"));
        Assert.That(NativeMemoryPool.Shared.PooledBytes, Is.Not.Zero);
        Assert.That(NativeMemorySnapshot.Take().DescribeLeakSince(before), Is.Null);
    }

    [Test]
    [LeaksOnPurpose]
    public void A_buffer_the_garbage_collector_freed_is_described()
    {
        var before = NativeMemorySnapshot.Take();
        Forget();
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.That(NativeMemorySnapshot.Take().DescribeLeakSince(before), Does.Contain("had to free 1 buffer(s)"));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget() => NativeBuffer<float>.Allocate(1);
    }

    [Test]
    public void The_attribute_fails_a_test_that_leaks_and_passes_one_that_does_not()
    {
        var check = new LeakCheckAttribute();
        Test test = TestExecutionContext.CurrentContext.CurrentTest;
        check.BeforeTest(test);
        check.AfterTest(test);

        using var planted = NativeBuffer<float>.Allocate(1000);
        Assert.That(Failure.Of(() => check.AfterTest(test)), Does.Contain("1 more buffer(s)"));
    }
}
