using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Convoy.Memory;

namespace Convoy.Tests.Memory;

public sealed class NativeMemoryPoolTests
{
    private const int MiB = 1 << 20;

    [Test]
    public void Lengths_are_exact_and_memory_is_aligned()
    {
        using var pool = new NativeMemoryPool();
        foreach (int length in new[] { 0, 1, 63, 1000, MiB - 1, MiB + 1 })
        {
            using PooledBuffer<byte> buffer = pool.Rent<byte>(length);
            Assert.That(buffer.Span.Length, Is.EqualTo(length));
            Assert.That((long)buffer.Address % (length >= MiB - 1 ? 4096 : 64), Is.Zero, $"length {length}");
        }
    }

    [Test]
    public void Counters_tell_handed_out_from_kept()
    {
        using var pool = new NativeMemoryPool();
        PooledBuffer<float> first = pool.Rent<float>(256);
        PooledBuffer<float> second = pool.Rent<float>(512);
        Assert.That((pool.LiveBytes, pool.PooledBytes, pool.PeakBytes), Is.EqualTo((3072L, 0L, 3072L)));

        first.Dispose();
        Assert.That((pool.LiveBytes, pool.PooledBytes, pool.PeakBytes), Is.EqualTo((2048L, 1024L, 3072L)));

        using (pool.Rent<float>(250))
        {
            Assert.That((pool.LiveBytes, pool.PooledBytes, pool.PeakBytes), Is.EqualTo((3072L, 0L, 3072L)), "reused");
        }

        using (pool.Rent<float>(64))
        {
            Assert.That((pool.LiveBytes, pool.PooledBytes, pool.PeakBytes), Is.EqualTo((2304L, 1024L, 3328L)), "another class");
        }

        second.Dispose();
        Assert.That((pool.LiveBytes, pool.PooledBytes, pool.PeakBytes), Is.EqualTo((0L, 3328L, 3328L)));
    }

    [Test]
    public void Returned_blocks_serve_the_next_request_of_their_size_class()
    {
        using var pool = new NativeMemoryPool();
        nint address;
        using (PooledBuffer<byte> buffer = pool.Rent<byte>(1000))
        {
            address = buffer.Address;
        }

        using PooledBuffer<int> again = pool.Rent<int>(240);
        Assert.That(again.Address, Is.EqualTo(address));
    }

    [Test]
    public void Disposing_twice_never_hands_one_block_to_two_renters()
    {
        using var pool = new NativeMemoryPool();
        PooledBuffer<int> returned = pool.Rent<int>(16);
        returned.Dispose();
        returned.Dispose();

        using PooledBuffer<int> first = pool.Rent<int>(16);
        returned.Dispose();
        using PooledBuffer<int> second = pool.Rent<int>(16);

        Assert.That(second.Address, Is.Not.EqualTo(first.Address));
        Assert.That(pool.LiveBytes, Is.EqualTo(128));
    }

    [Test]
    public void A_returned_buffer_cannot_be_used()
    {
        using var pool = new NativeMemoryPool();
        PooledBuffer<int> buffer = pool.Rent<int>(16);
        buffer.Dispose();

        Assert.That(() => buffer.Span.Length, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => buffer.Address, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => buffer.Memory, Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void A_pinned_buffer_returns_with_its_last_pin()
    {
        using var pool = new NativeMemoryPool();
        PooledBuffer<int> buffer = pool.Rent<int>(16);
        using (buffer.Pin())
        {
            buffer.Dispose();
            Assert.That((pool.LiveBytes, pool.PooledBytes), Is.EqualTo((64L, 0L)));
        }

        Assert.That((pool.LiveBytes, pool.PooledBytes), Is.EqualTo((0L, 64L)));
    }

    [Test]
    public void Beyond_the_maximum_the_blocks_returned_longest_ago_go_first()
    {
        using var pool = new NativeMemoryPool(maxPooledBytes: 4096);
        PooledBuffer<byte>[] buffers = [pool.Rent<byte>(1024), pool.Rent<byte>(2048), pool.Rent<byte>(1024), pool.Rent<byte>(1024)];
        nint[] addresses = [.. buffers.Select(buffer => buffer.Address)];
        foreach (PooledBuffer<byte> buffer in buffers)
        {
            buffer.Dispose();
        }

        Assert.That(pool.PooledBytes, Is.EqualTo(4096), "5120 less the first 1024");
        using PooledBuffer<byte> third = pool.Rent<byte>(1024);
        using PooledBuffer<byte> second = pool.Rent<byte>(1024);
        Assert.That(new[] { third.Address, second.Address }, Is.EqualTo(new[] { addresses[3], addresses[2] }));
        Assert.That(pool.PooledBytes, Is.EqualTo(2048));
    }

    [Test]
    public void A_block_larger_than_the_maximum_is_freed_on_return_and_displaces_nothing()
    {
        using var pool = new NativeMemoryPool(maxPooledBytes: 4096);
        pool.Rent<byte>(4096).Dispose();
        pool.Rent<byte>(65 * MiB).Dispose();

        Assert.That((pool.LiveBytes, pool.PooledBytes), Is.EqualTo((0L, 4096L)));
    }

    [Test]
    public void Trimming_frees_what_is_kept_and_spares_what_is_out()
    {
        long before = NativeMemoryCounters.LiveBuffers;
        using var pool = new NativeMemoryPool();
        using PooledBuffer<byte> held = pool.Rent<byte>(1000);
        pool.Rent<byte>(1000).Dispose();
        pool.Rent<byte>(5000).Dispose();

        pool.Trim();
        held.Span.Fill(1);

        Assert.That((pool.LiveBytes, pool.PooledBytes), Is.EqualTo((1024L, 0L)));
        Assert.That(NativeMemoryCounters.LiveBuffers, Is.EqualTo(before + 1));
    }

    [Test]
    public void A_disposed_pool_rents_nothing_and_frees_late_returns()
    {
        var before = NativeMemorySnapshot.Take();
        var pool = new NativeMemoryPool();
        pool.Rent<byte>(1000).Dispose();
        PooledBuffer<byte> late = pool.Rent<byte>(1000);
        pool.Dispose();
        pool.Dispose();

        Assert.That(() => pool.Rent<byte>(1), Throws.TypeOf<ObjectDisposedException>());
        late.Span.Fill(1);
        late.Dispose();
        Assert.That(NativeMemorySnapshot.Take(), Is.EqualTo(before));
    }

    [Test]
    public void The_shared_pool_survives_disposal()
    {
        NativeMemoryPool.Shared.Rent<byte>(1000).Dispose();
        NativeMemoryPool.Shared.Dispose();

        Assert.That(NativeMemoryPool.Shared.PooledBytes, Is.Zero);
        Assert.That(() => NativeMemoryPool.Shared.Rent<byte>(1000).Dispose(), Throws.Nothing);
    }

    [TestCase(-1)]
    [TestCase(int.MaxValue + 1L)]
    [TestCase(long.MaxValue)]
    public void Impossible_lengths_are_refused(long length)
    {
        using var pool = new NativeMemoryPool();

        Assert.That(
            () => pool.Rent<double>(length),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("0 to 2,147,483,647 elements"));
        Assert.That(pool.LiveBytes, Is.Zero);
    }

    [Test]
    public void A_refused_request_frees_the_pool_first_and_leaves_it_usable()
    {
        using var pool = new NativeMemoryPool();
        pool.Rent<byte>(1000).Dispose();

        Assert.That(() => pool.Rent<HalfMebibyte>(int.MaxValue), Throws.TypeOf<OutOfNativeMemoryException>());
        Assert.That((pool.LiveBytes, pool.PooledBytes), Is.EqualTo((0L, 0L)));
        Assert.That(() => pool.Rent<byte>(1000).Dispose(), Throws.Nothing);
    }

    [Test]
    [LeaksOnPurpose]
    public void A_forgotten_buffer_leaves_the_count_of_its_pool()
    {
        using var pool = new NativeMemoryPool();
        Forget(pool);
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.That((pool.LiveBytes, pool.PooledBytes), Is.EqualTo((0L, 0L)));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget(NativeMemoryPool pool) => pool.Rent<int>(1000);
    }

    [Test]
    public void Many_threads_rent_and_return_without_sharing_a_block()
    {
        var before = NativeMemorySnapshot.Take();
        using var pool = new NativeMemoryPool(maxPooledBytes: 64 << 10);
        int clashes = 0;
        Thread[] threads = [.. Enumerable.Range(1, 8).Select(id => new Thread(() => RentAndReturn(id)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.That(clashes, Is.Zero);
        Assert.That(pool.LiveBytes, Is.Zero);
        Assert.That(pool.PooledBytes, Is.InRange(1, 64 << 10));
        Assert.That(pool.PeakBytes, Is.GreaterThanOrEqualTo(pool.PooledBytes));
        pool.Trim();
        Assert.That(NativeMemorySnapshot.Take(), Is.EqualTo(before));

        void RentAndReturn(int id)
        {
            var random = new Random(id);
            for (int round = 0; round < 3000; round++)
            {
                using PooledBuffer<int> buffer = pool.Rent<int>(random.Next(4000));
                buffer.Span.Fill(id);
                if (round % 500 == 0)
                {
                    pool.Trim();
                }

                Thread.Yield();
                if (buffer.Span.ContainsAnyExcept(id))
                {
                    Interlocked.Increment(ref clashes);
                }
            }
        }
    }

    [StructLayout(LayoutKind.Sequential, Size = 1 << 19)]
    private readonly struct HalfMebibyte;
}
