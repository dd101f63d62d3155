using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Convoy.Memory;

namespace Convoy.Tests.Memory;

public sealed unsafe class NativeBufferTests
{
    [Test]
    public void Counters_follow_allocation_and_disposal()
    {
        var before = NativeMemorySnapshot.Take();
        var buffer = NativeBuffer<double>.Allocate(1000);

        Assert.That(NativeMemorySnapshot.Take(), Is.EqualTo(before with
        {
            LiveBuffers = before.LiveBuffers + 1,
            LiveBytes = before.LiveBytes + 8000,
        }));

        buffer.Dispose();
        Assert.That(NativeMemorySnapshot.Take(), Is.EqualTo(before));
    }

    [Test]
    public void Elements_written_are_read_back_through_span_memory_and_pointer()
    {
        using var buffer = NativeBuffer<int>.Allocate(3);
        buffer.Span[0] = 1;
        buffer.Memory.Span[1] = 2;
        ((int*)buffer.Address)[2] = 3;

        Assert.That(buffer.GetSpan().ToArray(), Is.EqualTo(new[] { 1, 2, 3 }));
    }

    [Test]
    public void Clear_zeroes_what_an_earlier_buffer_left_behind()
    {
        var dirty = NativeBuffer<byte>.Allocate(4096);
        dirty.Span.Fill(0xFF);
        dirty.Dispose();

        using var buffer = NativeBuffer<byte>.Allocate(4096, clear: true);

        Assert.That(buffer.Span.IndexOfAnyExcept((byte)0), Is.EqualTo(-1));
    }

    [TestCase(0, 1)]
    [TestCase(1, 1)]
    [TestCase(1, 64)]
    [TestCase(33, 4096)]
    [TestCase(33, 1 << 16)]
    public void Buffers_are_aligned_as_asked(int length, int alignment)
    {
        using var buffer = NativeBuffer<byte>.Allocate(length, alignment);

        Assert.That((long)buffer.Address, Is.Not.Zero);
        Assert.That((long)buffer.Address % alignment, Is.Zero);
        Assert.That(buffer.Span.Length, Is.EqualTo(length));
    }

    [Test]
    public void Buffers_of_a_mebibyte_start_on_a_page()
    {
        // Several, since one may lie on a page by chance.
        for (int count = 0; count < 4; count++)
        {
            using var buffer = NativeBuffer<byte>.Allocate((1 << 20) + count);
            Assert.That((long)buffer.Address % 4096, Is.Zero);
        }
    }

    [Test]
    public void Negative_lengths_and_odd_alignments_are_refused()
    {
        Assert.That(() => NativeBuffer<float>.Allocate(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => NativeBuffer<float>.Allocate(1, alignment: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => NativeBuffer<float>.Allocate(1, alignment: 48), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => NativeBuffer<float>.Allocate(1, alignment: int.MinValue), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Memory_the_system_does_not_have_is_refused_with_its_size()
    {
        // 2^31 x 2^19 bytes are more than any current processor can address.
        OutOfNativeMemoryException? refusal = Assert.Throws<OutOfNativeMemoryException>(
            () => NativeBuffer<HalfMebibyte>.Allocate(int.MaxValue));

        Assert.That(refusal!.RequestedBytes, Is.EqualTo(int.MaxValue * (1L << 19)));
        Assert.That(refusal.Message, Does.Contain("1,125,899,906,318,336 bytes"));
    }

    [Test]
    public void Every_use_after_disposal_is_refused()
    {
        var buffer = NativeBuffer<float>.Allocate(8);
        Memory<float> memory = buffer.Memory;
        buffer.Dispose();

        Assert.That(() => buffer.Span.Length, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => buffer.GetSpan().Length, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => buffer.Memory, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => memory.Span.Length, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => buffer.Address, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => buffer.Pin(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(buffer.Length, Is.EqualTo(8));
    }

    [Test]
    public void Disposing_twice_frees_once()
    {
        var before = NativeMemorySnapshot.Take();
        var buffer = NativeBuffer<float>.Allocate(8);
        buffer.Dispose();
        buffer.Dispose();

        Assert.That(NativeMemorySnapshot.Take(), Is.EqualTo(before));
    }

    [Test]
    public void Disposal_waits_for_the_last_pin()
    {
        long before = NativeMemoryCounters.LiveBuffers;
        var buffer = NativeBuffer<int>.Allocate(4);
        buffer.Span.Fill(7);
        MemoryHandle first = buffer.Pin();
        MemoryHandle second = buffer.Memory[2..].Pin();

        buffer.Dispose();
        Assert.That(NativeMemoryCounters.LiveBuffers, Is.EqualTo(before + 1));
        Assert.That(() => buffer.Span.Length, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => buffer.Pin(), Throws.TypeOf<ObjectDisposedException>());

        first.Dispose();
        Assert.That(NativeMemoryCounters.LiveBuffers, Is.EqualTo(before + 1));
        Assert.That(*(int*)second.Pointer, Is.EqualTo(7));

        second.Dispose();
        Assert.That(NativeMemoryCounters.LiveBuffers, Is.EqualTo(before));
    }

    [Test]
    public void Unpinning_before_disposal_frees_nothing()
    {
        using var buffer = NativeBuffer<int>.Allocate(4);
        buffer.Pin().Dispose();

        Assert.That(() => buffer.Span.Fill(1), Throws.Nothing);
        Assert.That(() => buffer.Unpin(), Throws.InvalidOperationException);
    }

    [Test]
    public void Pins_point_at_the_element_asked_for()
    {
        using var buffer = NativeBuffer<int>.Allocate(4);
        using (MemoryHandle handle = buffer.Pin(3))
        {
            Assert.That((long)handle.Pointer - buffer.Address, Is.EqualTo(3 * sizeof(int)));
        }

        Assert.That(() => buffer.Pin(5), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => buffer.Pin(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Racing_disposals_and_unpins_free_exactly_once()
    {
        long before = NativeMemoryCounters.LiveBuffers;
        for (int round = 0; round < 2000; round++)
        {
            var buffer = NativeBuffer<int>.Allocate(1);
            MemoryHandle[] pins = [buffer.Pin(), buffer.Pin()];
            Parallel.Invoke(buffer.Dispose, () => pins[0].Dispose(), buffer.Dispose, () => pins[1].Dispose());
        }

        Assert.That(NativeMemoryCounters.LiveBuffers, Is.EqualTo(before));
    }

    [Test]
    [LeaksOnPurpose]
    public void Forgotten_buffers_are_freed_and_counted_by_the_garbage_collector()
    {
        var before = NativeMemorySnapshot.Take();
        Forget();
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.That(NativeMemorySnapshot.Take(), Is.EqualTo(before with { LeakedBuffers = before.LeakedBuffers + 2 }));

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget()
        {
            NativeBuffer<int>.Allocate(1);
            var disposedWhilePinned = NativeBuffer<int>.Allocate(1);
            disposedWhilePinned.Pin();
            disposedWhilePinned.Dispose();
        }
    }

    [StructLayout(LayoutKind.Sequential, Size = 1 << 19)]
    private readonly struct HalfMebibyte;
}
