namespace Convoy.Weights.Formats.Hdf5;

/// <summary>
/// A dataset in pieces of one shape, each of which is filtered by itself; a B-tree of version 1 has them (III.A.1). Together they
/// must cover the dataset, and must not have been stored in less than such weights could be.
/// </summary>
internal sealed class Hdf5Chunks
{
    private const string What = "the list of a dataset's chunks";
    private const int PrefixLength = 24;
    private const int HighestLevel = 32;

    private readonly Hdf5Bytes _file;
    private readonly string _name;
    private readonly ImmutableArray<int> _extents;
    private readonly int[] _chunk;
    private readonly int _elementSize;
    private readonly int _byteCount;
    private readonly int _chunkBytes;
    private readonly Hdf5Filters _filters;
    private readonly ulong _tree;

    public Hdf5Chunks(
        Hdf5Bytes file, string name, ref Hdf5Cursor layout, ImmutableArray<int> extents, int elementSize, int byteCount, ReadOnlySpan<byte> filters)
    {
        (_file, _name, _extents, _elementSize, _byteCount) = (file, name, extents, elementSize, byteCount);
        int rank = layout.Byte() - 1;
        _tree = layout.UInt64();
        if (rank != extents.Length || rank < 1)
        {
            throw file.Fault($"{name} has {extents.Length} extents, but its chunks {rank}");
        }

        _chunk = new int[rank];
        UInt128 bytes = (uint)elementSize;
        UInt128 covered = (uint)elementSize;
        for (int i = 0; i < rank; i++)
        {
            uint extent = layout.UInt32();
            _chunk[i] = extent is > 0 and <= int.MaxValue ? (int)extent : throw file.Fault($"{name} has chunks with an extent of {extent}");
            bytes *= extent;
            covered *= (UInt128)(((long)extents[i] + extent - 1) / extent) * extent;
        }

        // A chunk may reach behind the dataset's edge, but one that is far larger than the dataset is there for its size alone.
        if (layout.UInt32() != elementSize || bytes > (ulong)Math.Max(Hdf5Bytes.SmallData, Hdf5Bytes.MostRatio * (long)byteCount) || bytes > int.MaxValue
            || covered > (ulong)Math.Max(Hdf5Bytes.SmallData, Hdf5Bytes.MostRatio * file.Storage.Length) || _tree == Hdf5Bytes.Nowhere)
        {
            throw file.Fault($"{name} has chunks of [{string.Join(", ", _chunk)}] that its {file.Storage.Length:N0} bytes of file cannot hold");
        }

        _chunkBytes = (int)bytes;
        _filters = Hdf5Filters.Read(file, name, filters);
    }

    /// <summary>All elements, put together.</summary>
    public byte[] Read()
    {
        byte[] bytes = new byte[_byteCount];
        long wanted = 1;
        for (int i = 0; i < _chunk.Length; i++)
        {
            wanted *= ((_extents[i] - 1) / _chunk[i]) + 1;
        }

        var places = new HashSet<long>();
        byte[] chunk = new byte[_chunkBytes];
        int[] place = new int[_chunk.Length];
        foreach (StoredChunk stored in ReadTree())
        {
            if (!places.Add(Locate(stored.Key, place)))
            {
                throw _file.Fault($"{_name} has two chunks in one place, so it is damaged");
            }

            _filters.Unpack(stored.Read(_file, _name), stored.Skipped, chunk, _elementSize);
            Copy(chunk, place, bytes);
        }

        return places.Count == wanted ? bytes : throw _file.Fault($"{_name} has {places.Count:N0} chunks of {wanted:N0}, so it was never fully written");
    }

    private List<StoredChunk> ReadTree()
    {
        int keyLength = 8 + (8 * (_chunk.Length + 1));
        var chunks = new List<StoredChunk>();
        long left = _file.Storage.Length;
        var nodes = new Stack<(ulong Address, int MostLevel)>([(_tree, HighestLevel)]);
        while (nodes.TryPop(out (ulong Address, int MostLevel) node))
        {
            var prefix = new Hdf5Cursor(_file, Take(node.Address, PrefixLength, ref left), What);
            prefix.Expect("TREE"u8);
            int type = prefix.Byte();
            int level = prefix.Byte();
            int used = prefix.UInt16();
            if (type != 1 || level > node.MostLevel)
            {
                throw _file.Fault($"{What} is no tree, so it is damaged");
            }

            var children = new Hdf5Cursor(_file, Take(node.Address + PrefixLength, (ulong)used * (ulong)(keyLength + 8), ref left), What);
            for (int i = 0; i < used; i++)
            {
                byte[] key = children.Take(keyLength).ToArray();
                ulong child = children.UInt64();
                if (level > 0)
                {
                    nodes.Push((child, level - 1));
                    continue;
                }

                var chunk = new StoredChunk(key, child);
                left -= chunk.Length;
                chunks.Add(left >= 0 ? chunk : throw _file.Fault($"{_name} has chunks of more bytes than the file, so it is damaged"));
            }
        }

        return chunks;
    }

    /// <summary>Reads a node; all nodes and chunks of a dataset together are within the file.</summary>
    private byte[] Take(ulong address, ulong length, ref long left)
    {
        long offset = _file.Locate(address, length, What);
        left -= (long)length + 1;
        byte[] bytes = left >= 0 ? new byte[length] : throw _file.Fault($"{What} has no end, so it is damaged");
        _file.Storage.Read(offset, bytes);
        return bytes;
    }

    /// <summary>Where a chunk begins in the dataset, and its number.</summary>
    private long Locate(byte[] key, Span<int> place)
    {
        var fields = new Hdf5Cursor(_file, key, What);
        fields.Skip(8);
        long number = 0;
        for (int i = 0; i < place.Length; i++)
        {
            ulong at = fields.UInt64();
            place[i] = at < (ulong)_extents[i] && at % (ulong)_chunk[i] == 0
                ? (int)at
                : throw _file.Fault($"{_name} has a chunk outside of it, so it is damaged");
            number = (number * (((_extents[i] - 1) / _chunk[i]) + 1)) + (place[i] / _chunk[i]);
        }

        return number;
    }

    /// <summary>Copies the part of a chunk that is within the dataset, row by row.</summary>
    private void Copy(ReadOnlySpan<byte> chunk, ReadOnlySpan<int> place, Span<byte> bytes)
    {
        int last = place.Length - 1;
        int row = Math.Min(_chunk[last], _extents[last] - place[last]) * _elementSize;
        Span<int> at = stackalloc int[place.Length];
        while (true)
        {
            long source = 0;
            long destination = 0;
            for (int i = 0; i <= last; i++)
            {
                source = (source * _chunk[i]) + at[i];
                destination = (destination * _extents[i]) + place[i] + at[i];
            }

            chunk.Slice((int)source * _elementSize, row).CopyTo(bytes[((int)destination * _elementSize)..]);
            int axis = last - 1;
            while (axis >= 0 && ++at[axis] == Math.Min(_chunk[axis], _extents[axis] - place[axis]))
            {
                at[axis--] = 0;
            }

            if (axis < 0)
            {
                return;
            }
        }
    }

    /// <summary>A leaf's entry: the size and the filters left out are the key's first two numbers.</summary>
    private readonly record struct StoredChunk(byte[] Key, ulong Address)
    {
        public uint Length => BitConverter.ToUInt32(Key);

        public uint Skipped => BitConverter.ToUInt32(Key, 4);

        public byte[] Read(Hdf5Bytes file, string name)
        {
            long offset = file.Locate(Address, Length, name);
            byte[] bytes = new byte[Length];
            file.Storage.Read(offset, bytes);
            return bytes;
        }
    }
}
