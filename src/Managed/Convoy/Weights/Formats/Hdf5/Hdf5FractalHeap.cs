using System.Numerics;

namespace Convoy.Weights.Formats.Hdf5;

/// <summary>
/// Many links or attributes of one object (III.G): a space of numbered bytes that is cut into blocks, each row of which, from the
/// third on, are twice as long as those of the one before; a tree says where in the space each one begins.
/// </summary>
internal sealed class Hdf5FractalHeap
{
    private const string What = "a heap of links or attributes";

    private readonly Hdf5Bytes _file;
    private readonly int _offsetLength;
    private readonly int _lengthLength;
    private readonly int _width;
    private readonly ulong _firstBlock;
    private readonly ulong _largestBlock;
    private readonly ulong _root;
    private readonly int _rootRows;
    private readonly Dictionary<ulong, byte[]> _blocks = [];

    private Hdf5FractalHeap(Hdf5Bytes file, ulong address)
    {
        const int HeaderLength = 142;
        _file = file;
        var fields = new Hdf5Cursor(file, file.Read(address, HeaderLength, What), What);
        fields.Expect("FRHP"u8);
        fields.Skip(1 + 2);
        bool isFiltered = fields.UInt16() != 0;
        fields.Skip(1);
        uint largestObject = fields.UInt32();
        fields.Skip(12 * sizeof(ulong));
        _width = fields.UInt16();
        _firstBlock = fields.UInt64();
        _largestBlock = fields.UInt64();
        int heapBits = fields.UInt16();
        fields.Skip(2);
        _root = fields.UInt64();
        _rootRows = fields.UInt16();
        if (isFiltered || _width == 0 || !BitOperations.IsPow2(_firstBlock) || !BitOperations.IsPow2(_largestBlock) || _largestBlock < _firstBlock || heapBits > 64)
        {
            throw file.Fault($"{What} is laid out in a way that is not read");
        }

        _offsetLength = (heapBits + 7) / 8;
        _lengthLength = Math.Min((BitOperations.Log2(_largestBlock) + 7) / 8, (BitOperations.Log2(largestObject | 1) / 8) + 1);
    }

    /// <summary>All objects that a tree refers to.</summary>
    /// <param name="file">The file.</param>
    /// <param name="heap">Where the heap is; nowhere for an object that has no such objects.</param>
    /// <param name="tree">Where the tree is.</param>
    /// <param name="idLength">How long a reference to the heap is.</param>
    /// <param name="skipped">Bytes in front of the reference, in the tree's records.</param>
    public static IEnumerable<ReadOnlyMemory<byte>> ReadIndexed(Hdf5Bytes file, ulong heap, ulong tree, int idLength, int skipped)
    {
        if (heap == Hdf5Bytes.Nowhere)
        {
            return [];
        }

        var opened = new Hdf5FractalHeap(file, heap);
        return Hdf5Tree2.ReadRecords(file, tree, skipped + idLength).Select(record => opened.ReadObject(record.Slice(skipped, idLength)));
    }

    private ReadOnlyMemory<byte> ReadObject(ReadOnlyMemory<byte> id)
    {
        const int KindMask = 0x30;
        var fields = new Hdf5Cursor(_file, id.Span, What);
        if ((fields.Byte() & KindMask) != 0)
        {
            throw _file.Fault($"{What} has one that stands outside of it, which is not read");
        }

        ulong offset = fields.Number(_offsetLength);
        ulong length = fields.Number(_lengthLength);
        (byte[] block, ulong start) = FindBlock(offset);
        ulong at = offset - start;
        return at <= (ulong)block.Length && length <= (ulong)block.Length - at
            ? block.AsMemory((int)at, (int)length)
            : throw Damaged();
    }

    /// <summary>The block with a byte of the space, and the number of its first one.</summary>
    private (byte[] Block, ulong Start) FindBlock(ulong offset)
    {
        if (_rootRows == 0)
        {
            return (ReadBlock(_root, _firstBlock), 0);
        }

        int directRows = BitOperations.Log2(_largestBlock) - BitOperations.Log2(_firstBlock) + 2;
        ulong address = _root;
        ulong start = 0;
        for (int rows = _rootRows; ;)
        {
            (int row, ulong column, ulong rowStart) = FindRow(offset - start);
            if (row >= rows)
            {
                throw Damaged();
            }

            ulong size = SizeInRow(row);
            start += rowStart + (column * size);
            address = ReadEntry(address, (row * _width) + (int)column);
            if (row < directRows)
            {
                return (ReadBlock(address, size), start);
            }

            // An indirect block has as many rows as cover its size, fewer than the one that it is in.
            int innerRows = BitOperations.Log2(size) - BitOperations.Log2(_firstBlock * (ulong)_width) + 1;
            rows = innerRows < row && innerRows > 0 ? innerRows : throw Damaged();
        }
    }

    private (int Row, ulong Column, ulong Start) FindRow(ulong offset)
    {
        ulong start = 0;
        for (int row = 0; row < 64; row++)
        {
            ulong size = SizeInRow(row);
            ulong column = (offset - start) / size;
            if (column < (ulong)_width)
            {
                return (row, column, start);
            }

            start += size * (ulong)_width;
        }

        throw Damaged();
    }

    private ulong SizeInRow(int row)
    {
        int doublings = Math.Max(row - 1, 0);
        return BitOperations.Log2(_firstBlock) + doublings + BitOperations.Log2((uint)_width) + 1 < 63 ? _firstBlock << doublings : throw Damaged();
    }

    private ulong ReadEntry(ulong block, int entry)
    {
        if (!_blocks.TryGetValue(block, out byte[]? prefix))
        {
            prefix = _file.Read(block, 5, What);
            _blocks.Add(block, prefix);
        }

        new Hdf5Cursor(_file, prefix, What).Expect("FHIB"u8);
        ulong first = 5 + sizeof(ulong) + (ulong)_offsetLength;
        return new Hdf5Cursor(_file, _file.Read(block + first + ((ulong)entry * sizeof(ulong)), sizeof(ulong), What), What).UInt64();
    }

    private byte[] ReadBlock(ulong address, ulong size)
    {
        if (!_blocks.TryGetValue(address, out byte[]? block))
        {
            block = _file.Read(address, size, What);
            _blocks.Add(address, block);
        }

        new Hdf5Cursor(_file, block, What).Expect("FHDB"u8);
        return block;
    }

    private WeightException Damaged() => _file.Fault($"{What} refers to what it does not have, so it is damaged");
}
