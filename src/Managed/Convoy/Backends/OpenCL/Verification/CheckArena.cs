using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Verification;

/// <summary>An arena of a few values for a check: each in its own place, with a gap behind it, and NaN wherever nothing was written.</summary>
internal sealed class CheckArena : IDisposable
{
    // What a kernel writes beyond its output shows there.
    private const int GapFloats = 64;
    private const int AlignmentFloats = 64;

    private readonly List<(long Offset, long Bytes)> _values = [];
    private OpenClArena? _arena;
    private long _bytes;

    /// <summary>The arena, once it is open.</summary>
    public OpenClArena Arena => _arena!;

    /// <summary>Makes room for a value; returns its byte offset.</summary>
    public long Add(long floats)
    {
        long offset = _bytes;
        _values.Add((offset, floats * sizeof(float)));
        _bytes += (floats + GapFloats + AlignmentFloats - 1) / AlignmentFloats * AlignmentFloats * sizeof(float);
        return offset;
    }

    /// <summary>Allocates all of it.</summary>
    /// <exception cref="BatchTooLargeException">The device does not allocate as much at a time, or has no memory left.</exception>
    /// <exception cref="ClException">The device refuses.</exception>
    public void Open(DeviceMemory memory, long scratchBytes)
    {
        _arena = new OpenClArena(memory, _bytes, scratchBytes);
        Arena.Queue.BeginFill(Arena.Maps, float.NaN, 0, _bytes);
        if (scratchBytes > 0)
        {
            Arena.Queue.BeginFill(Arena.Scratch, float.NaN, 0, scratchBytes);
        }
    }

    /// <summary>Writes a value.</summary>
    public void Write(long offset, ReadOnlySpan<float> numbers) => Arena.Queue.Write(Arena.Maps, offset, numbers);

    /// <summary>Reads a value, behind all that was enqueued.</summary>
    /// <returns>The numbers; NaN for all where something was written behind them.</returns>
    public float[] Read(long offset)
    {
        long bytes = _values.First(each => each.Offset == offset).Bytes;
        var numbers = new float[(bytes / sizeof(float)) + GapFloats];
        Arena.Queue.Read<float>(Arena.Maps, offset, numbers);
        float[] value = numbers[..^GapFloats];
        if (!numbers.AsSpan(value.Length).ContainsAnyExcept(float.NaN))
        {
            return value;
        }

        Array.Fill(value, float.NaN);
        return value;
    }

    public void Dispose()
    {
        if (_arena is { } arena)
        {
            arena.Synchronize();
            arena.Dispose();
        }
    }
}
