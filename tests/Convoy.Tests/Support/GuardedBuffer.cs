using Convoy.Memory;

namespace Convoy.Tests.Support;

/// <summary>The side on which a buffer touches its guard page; the other side is only checked on disposal.</summary>
public enum GuardedSide
{
    /// <summary>Reading or writing past the last element faults.</summary>
    End,

    /// <summary>Reading or writing before the first element faults.</summary>
    Start,
}

/// <summary>
/// Memory that catches a native operator reading or writing outside its arguments. On Linux it lies between two
/// inaccessible pages, where a stray access ends the process; whatever else surrounds it is filled with a pattern, and
/// <see cref="Dispose"/> fails the test where that was written to. Elsewhere the pattern alone stands guard.
/// The elements start as the pattern too: 0xA5 in every byte.
/// </summary>
public sealed unsafe class GuardedBuffer<T> : IDisposable
    where T : unmanaged
{
    private const byte Pattern = 0xA5;
    private const int PlainMargin = 4096;

    private readonly int _length;
    private readonly byte* _start;
    private readonly byte* _room;
    private readonly long _roomBytes;
    private GuardPages? _pages;
    private NativeBuffer<byte>? _plain;

    /// <summary>Makes room for <paramref name="length"/> elements.</summary>
    /// <param name="length">The number of elements; zero is allowed.</param>
    /// <param name="side">Where a stray access faults.</param>
    /// <param name="alignment">
    /// A power of two up to 4096. At <see cref="GuardedSide.End"/> an alignment larger than an element leaves up to
    /// alignment - 1 bytes between the last element and the guard; those are checked on disposal.
    /// </param>
    public GuardedBuffer(int length, GuardedSide side = GuardedSide.End, int alignment = 1)
    {
        _length = length;
        if (OperatingSystem.IsLinux())
        {
            _pages = new GuardPages(Bytes);
            _room = (byte*)_pages.Address;
            _roomBytes = _pages.Bytes;
        }
        else
        {
            _plain = NativeBuffer<byte>.Allocate(checked((int)(Bytes + (2 * PlainMargin))), PlainMargin);
            _room = (byte*)_plain.Address;
            _roomBytes = _plain.Length;
        }

        long margin = _plain is null ? 0 : PlainMargin;
        long offset = side == GuardedSide.Start ? margin : (_roomBytes - margin - Bytes) & -alignment;
        _start = _room + offset;
        new Span<byte>(_room, checked((int)_roomBytes)).Fill(Pattern);
    }

    /// <summary>The number of elements.</summary>
    public int Length => _length;

    /// <summary>The elements.</summary>
    public Span<T> Span => new((T*)Address, _length);

    /// <summary>Where the first element lies.</summary>
    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pages is null && _plain is null, this);
            return (nint)_start;
        }
    }

    private long Bytes => (long)_length * sizeof(T);

    /// <summary>Checks the surroundings and unmaps them.</summary>
    public void Dispose()
    {
        if (_pages is null && _plain is null)
        {
            return;
        }

        int before = (int)(_start - _room);
        int after = (int)(_roomBytes - before - Bytes);
        int lastBefore = new ReadOnlySpan<byte>(_room, before).LastIndexOfAnyExcept(Pattern);
        int firstAfter = new ReadOnlySpan<byte>(_start + Bytes, after).IndexOfAnyExcept(Pattern);
        _pages?.Dispose();
        _plain?.Dispose();
        (_pages, _plain) = (null, null);
        if (lastBefore >= 0)
        {
            Assert.Fail($"Something wrote to byte {before - lastBefore} before the start of a buffer of {_length} {typeof(T).Name}.");
        }

        if (firstAfter >= 0)
        {
            Assert.Fail($"Something wrote to byte {firstAfter + 1} past the end of a buffer of {_length} {typeof(T).Name}.");
        }
    }
}

/// <summary>Makes guarded buffers whose element type is inferred.</summary>
public static class GuardedBuffer
{
    /// <summary>Copies <paramref name="values"/> between guards; the parameters are the constructor's.</summary>
    public static GuardedBuffer<T> Of<T>(ReadOnlySpan<T> values, GuardedSide side = GuardedSide.End, int alignment = 1)
        where T : unmanaged
    {
        var buffer = new GuardedBuffer<T>(values.Length, side, alignment);
        values.CopyTo(buffer.Span);
        return buffer;
    }
}
