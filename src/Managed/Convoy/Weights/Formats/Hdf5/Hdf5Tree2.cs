using System.Numerics;

namespace Convoy.Weights.Formats.Hdf5;

/// <summary>A B-tree of version 2 (III.A.2): records in leaves, and in the nodes above them between the children.</summary>
internal static class Hdf5Tree2
{
    private const string What = "a tree of links or attributes";
    private const int PrefixLength = 6;
    private const int ChecksumLength = 4;
    private const int HighestTree = 16;
    private const int LargestNode = 1 << 20;

    /// <summary>All records, in no order.</summary>
    /// <param name="file">The file.</param>
    /// <param name="address">Where the tree's header is.</param>
    /// <param name="leastLength">What a record must have at least.</param>
    public static List<ReadOnlyMemory<byte>> ReadRecords(Hdf5Bytes file, ulong address, int leastLength)
    {
        const int HeaderLength = 38;
        var fields = new Hdf5Cursor(file, file.Read(address, HeaderLength, What), What);
        fields.Expect("BTHD"u8);
        fields.Skip(2);
        uint nodeSize = fields.UInt32();
        int recordSize = fields.UInt16();
        int depth = fields.UInt16();
        fields.Skip(2);
        ulong root = fields.UInt64();
        int count = fields.UInt16();
        if (recordSize < leastLength || depth > HighestTree || nodeSize is < PrefixLength + ChecksumLength or > LargestNode)
        {
            throw file.Fault($"{What} is laid out in a way that is not read");
        }

        var records = new List<ReadOnlyMemory<byte>>();
        var layout = new NodeLayout(nodeSize, recordSize, depth);
        var nodes = new Stack<(ulong Address, int Count, int Level)>(count == 0 ? [] : [(root, count, depth)]);
        while (nodes.TryPop(out (ulong Address, int Count, int Level) node))
        {
            bool isLeaf = node.Level == 0;
            int pointerSize = isLeaf ? 0 : sizeof(ulong) + layout.CountBytes + layout.TotalBytes(node.Level - 1);
            ulong length = PrefixLength + ((ulong)node.Count * (ulong)recordSize) + ((ulong)(isLeaf ? 0 : node.Count + 1) * (ulong)pointerSize);
            byte[] bytes = file.Read(node.Address, length, What);
            var content = new Hdf5Cursor(file, bytes, What);
            content.Expect(isLeaf ? "BTLF"u8 : "BTIN"u8);
            content.Skip(2);
            for (int i = 0; i < node.Count; i++)
            {
                records.Add(bytes.AsMemory(content.Position, recordSize));
                content.Skip(recordSize);
            }

            for (int i = 0; !isLeaf && i <= node.Count; i++)
            {
                ulong child = content.UInt64();
                nodes.Push((child, (int)content.Number(layout.CountBytes), node.Level - 1));
                content.Skip(layout.TotalBytes(node.Level - 1));
            }
        }

        return records;
    }

    /// <summary>How wide the counts in a node's pointers are: as the most records that may be below it need.</summary>
    private readonly struct NodeLayout
    {
        private readonly ulong[] _mostInNode;
        private readonly ulong[] _mostBelow;

        public NodeLayout(uint nodeSize, int recordSize, int depth)
        {
            _mostInNode = new ulong[depth + 1];
            _mostBelow = new ulong[depth + 1];
            ulong room = nodeSize - PrefixLength - ChecksumLength;
            _mostInNode[0] = _mostBelow[0] = room / (ulong)recordSize;
            for (int level = 1; level <= depth; level++)
            {
                ulong pointer = sizeof(ulong) + (ulong)CountBytes + (ulong)TotalBytes(level - 1);
                _mostInNode[level] = room < pointer ? 0 : (room - pointer) / ((ulong)recordSize + pointer);
                UInt128 below = ((UInt128)(_mostInNode[level] + 1) * _mostBelow[level - 1]) + _mostInNode[level];
                _mostBelow[level] = (ulong)UInt128.Min(below, ulong.MaxValue);
            }
        }

        /// <summary>The library has one width for all levels: a leaf's, which holds the most.</summary>
        public int CountBytes => BytesFor(_mostInNode[0]);

        public int TotalBytes(int level) => level == 0 ? 0 : BytesFor(_mostBelow[level]);

        private static int BytesFor(ulong value) => (BitOperations.Log2(value | 1) / 8) + 1;
    }
}
