using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Convoy.Weights;

/// <summary>
/// A tensor whose numbers do not lie in row-major order and little-endian: strided, transposed, in Fortran order or big-endian. They are put
/// in order at the first reading, and kept until the storage is disposed of. What they are taken from stays the caller's.
/// </summary>
internal sealed class ArrangedStorage : WeightStorage
{
    private readonly WeightStorage _inner;
    private readonly long _offset;
    private readonly int _elementSize;
    private readonly bool _isBigEndian;
    private readonly int[] _extents;
    private readonly long[] _strides;
    private readonly Lock _lock = new();
    private byte[]? _arranged;

    /// <summary>Numbers that lie in a storage at strides, none of them negative, and all of them within it (see <see cref="CountSpan"/>).</summary>
    /// <param name="inner">What the numbers are in.</param>
    /// <param name="offset">Where the first lies, in bytes.</param>
    /// <param name="elementSize">How many bytes one takes: 1, 2, 4 or 8.</param>
    /// <param name="extents">The tensor's extents, outermost first.</param>
    /// <param name="strides">How many elements lie from one to the next, for each extent.</param>
    /// <param name="isBigEndian">Whether a number's bytes come highest first.</param>
    public ArrangedStorage(
        WeightStorage inner, long offset, int elementSize, ReadOnlySpan<int> extents, ReadOnlySpan<long> strides, bool isBigEndian)
        : base(inner.Source, CountBytes(elementSize, extents))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(strides.Length, extents.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, inner.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CountSpan(extents, strides), (inner.Length - offset) / elementSize);
        _inner = inner;
        _offset = offset;
        _elementSize = elementSize;
        _isBigEndian = isBigEndian;
        _extents = extents.ToArray();
        _strides = strides.ToArray();
    }

    /// <summary>How many elements lie from a tensor's first to its last, both counted; the largest number there is where that overflows.</summary>
    public static long CountSpan(ReadOnlySpan<int> extents, ReadOnlySpan<long> strides)
    {
        Int128 last = 0;
        for (int axis = 0; axis < extents.Length; axis++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(strides[axis]);
            last += (Int128)(extents[axis] - 1) * strides[axis];
        }

        return last < long.MaxValue ? (long)last + 1 : long.MaxValue;
    }

    /// <summary>The strides of a tensor in row-major order.</summary>
    public static long[] RowMajor(ReadOnlySpan<int> extents)
    {
        long[] strides = new long[extents.Length];
        long stride = 1;
        for (int axis = extents.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= extents[axis];
        }

        return strides;
    }

    protected override void ReadSection(long offset, Span<byte> destination)
    {
        byte[] arranged;
        lock (_lock)
        {
            arranged = _arranged ??= Arrange();
        }

        arranged.AsSpan((int)offset, destination.Length).CopyTo(destination);
    }

    protected override void Release() => _arranged = null;

    private static int CountBytes(int elementSize, ReadOnlySpan<int> extents)
    {
        long bytes = elementSize;
        foreach (int extent in extents)
        {
            bytes = checked(bytes * extent);
        }

        return checked((int)bytes);
    }

    private byte[] Arrange()
    {
        byte[] spread = new byte[checked((int)(CountSpan(_extents, _strides) * _elementSize))];
        _inner.Read(_offset, spread);
        byte[] arranged = new byte[Length];
        switch (_elementSize)
        {
            case sizeof(byte):
                Gather<byte>(spread, arranged);
                break;
            case sizeof(ushort):
                Gather<ushort>(spread, arranged);
                break;
            case sizeof(uint):
                Gather<uint>(spread, arranged);
                break;
            case sizeof(ulong):
                Gather<ulong>(spread, arranged);
                break;
            default:
                throw new InvalidOperationException($"Elements of {_elementSize} bytes cannot be arranged.");
        }

        if (_isBigEndian)
        {
            SwapBytes(arranged);
        }

        return arranged;
    }

    private void SwapBytes(Span<byte> numbers)
    {
        Span<ushort> shorts = MemoryMarshal.Cast<byte, ushort>(numbers);
        Span<uint> singles = MemoryMarshal.Cast<byte, uint>(numbers);
        Span<ulong> doubles = MemoryMarshal.Cast<byte, ulong>(numbers);
        switch (_elementSize)
        {
            case sizeof(ushort):
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case sizeof(uint):
                BinaryPrimitives.ReverseEndianness(singles, singles);
                break;
            case sizeof(ulong):
                BinaryPrimitives.ReverseEndianness(doubles, doubles);
                break;
        }
    }

    /// <summary>Counts through the indexes, the last fastest, and takes what they point to.</summary>
    private void Gather<T>(ReadOnlySpan<byte> spread, Span<byte> arranged)
        where T : unmanaged
    {
        ReadOnlySpan<T> source = MemoryMarshal.Cast<byte, T>(spread);
        Span<T> rows = MemoryMarshal.Cast<byte, T>(arranged);
        int inner = _extents.Length == 0 ? 1 : _extents[^1];
        long step = _extents.Length == 0 ? 0 : _strides[^1];
        Span<int> index = stackalloc int[_extents.Length];
        for (; !rows.IsEmpty; rows = rows[inner..])
        {
            long at = 0;
            for (int axis = 0; axis < index.Length - 1; axis++)
            {
                at += index[axis] * _strides[axis];
            }

            for (int i = 0; i < inner; i++)
            {
                rows[i] = source[(int)(at + (i * step))];
            }

            for (int axis = index.Length - 2; axis >= 0 && ++index[axis] == _extents[axis]; axis--)
            {
                index[axis] = 0;
            }
        }
    }
}
