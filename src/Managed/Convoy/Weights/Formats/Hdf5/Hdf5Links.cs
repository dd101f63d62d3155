namespace Convoy.Weights.Formats.Hdf5;

/// <summary>
/// The members of a group: in a symbol table (a B-tree of version 1 over nodes of entries, names in a local heap), in messages
/// of the header, or, of a group that keeps an order and has many, in a fractal heap.
/// </summary>
internal static class Hdf5Links
{
    private const string What = "the list of a group's members";
    private const int TreePrefixLength = 24;
    private const int EntryLength = 40;
    private const int HighestLevel = 32;

    /// <summary>Names and addresses of all members; links by path and into other files are left out, as Keras makes none.</summary>
    public static Dictionary<string, ulong> Read(Hdf5Bytes file, IEnumerable<Hdf5Message> messages)
    {
        var links = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (Hdf5Message message in messages)
        {
            switch (message.Kind)
            {
                case Hdf5MessageKind.SymbolTable:
                    ReadSymbolTable(file, message.Content.Span, links);
                    break;
                case Hdf5MessageKind.Link:
                    ReadLink(file, message.Content.Span, links);
                    break;
                case Hdf5MessageKind.LinkInfo:
                    ReadDense(file, message.Content.Span, links);
                    break;
            }
        }

        return links;
    }

    private static void ReadSymbolTable(Hdf5Bytes file, ReadOnlySpan<byte> message, Dictionary<string, ulong> links)
    {
        var fields = new Hdf5Cursor(file, message, What);
        ulong tree = fields.UInt64();
        byte[] names = ReadLocalHeap(file, fields.UInt64());
        var nodes = new Stack<(ulong Address, int MostLevel)>([(tree, HighestLevel)]);
        while (nodes.TryPop(out (ulong Address, int MostLevel) node))
        {
            var prefix = new Hdf5Cursor(file, file.Read(node.Address, TreePrefixLength, What), What);
            prefix.Expect("TREE"u8);
            int type = prefix.Byte();
            int level = prefix.Byte();
            int used = prefix.UInt16();
            if (type != 0 || level > node.MostLevel)
            {
                throw file.Fault($"{What} is no tree, so it is damaged");
            }

            var children = new Hdf5Cursor(file, file.Read(node.Address + TreePrefixLength, (ulong)used * 16, What), What);
            for (int i = 0; i < used; i++)
            {
                children.Skip(sizeof(ulong));
                ulong child = children.UInt64();
                if (level == 0)
                {
                    ReadSymbols(file, child, names, links);
                }
                else
                {
                    nodes.Push((child, level - 1));
                }
            }
        }
    }

    private static byte[] ReadLocalHeap(Hdf5Bytes file, ulong address)
    {
        var fields = new Hdf5Cursor(file, file.Read(address, 32, What), What);
        fields.Expect("HEAP"u8);
        fields.Skip(4);
        ulong size = fields.UInt64();
        fields.Skip(sizeof(ulong));
        return file.Read(fields.UInt64(), size, What);
    }

    private static void ReadSymbols(Hdf5Bytes file, ulong address, byte[] names, Dictionary<string, ulong> links)
    {
        const int PrefixLength = 8;
        const uint SymbolicLink = 2;
        var prefix = new Hdf5Cursor(file, file.Read(address, PrefixLength, What), What);
        prefix.Expect("SNOD"u8);
        prefix.Skip(2);
        int count = prefix.UInt16();
        var fields = new Hdf5Cursor(file, file.Read(address + PrefixLength, (ulong)count * EntryLength, What), What);
        for (int i = 0; i < count; i++)
        {
            ulong name = fields.UInt64();
            ulong header = fields.UInt64();
            bool isPath = fields.UInt32() == SymbolicLink;
            fields.Skip(20);
            if (name >= (ulong)names.Length)
            {
                throw file.Fault($"{What} has a name that is not there, so it is damaged");
            }

            if (!isPath)
            {
                Add(file, links, NameAt(file, names, (int)name), header);
            }
        }
    }

    private static string NameAt(Hdf5Bytes file, byte[] names, int offset)
    {
        // Names may overlap, so that many long ones could be made of few bytes.
        int length = names.AsSpan(offset).IndexOf((byte)0);
        file.Charge(length < 0 ? names.Length - offset : length);
        return Hdf5Cursor.TextIn(names.AsSpan(offset));
    }

    private static void ReadLink(Hdf5Bytes file, ReadOnlySpan<byte> message, Dictionary<string, ulong> links)
    {
        const int OrderFlag = 0x04;
        const int KindFlag = 0x08;
        const int CharactersFlag = 0x10;
        var fields = new Hdf5Cursor(file, message, What);
        fields.Skip(1);
        int flags = fields.Byte();
        int kind = (flags & KindFlag) != 0 ? fields.Byte() : 0;
        fields.Skip(((flags & OrderFlag) != 0 ? sizeof(ulong) : 0) + ((flags & CharactersFlag) != 0 ? 1 : 0));
        ulong length = fields.Number(1 << (flags & 3));
        string name = fields.Text((long)Math.Min(length, int.MaxValue));
        if (kind == 0)
        {
            Add(file, links, name, fields.UInt64());
        }
    }

    private static void ReadDense(Hdf5Bytes file, ReadOnlySpan<byte> message, Dictionary<string, ulong> links)
    {
        const int OrderFlag = 1;
        const int HeapIdLength = 7;
        const int HashLength = 4;
        var fields = new Hdf5Cursor(file, message, What);
        fields.Skip(1);
        fields.Skip((fields.Byte() & OrderFlag) != 0 ? sizeof(ulong) : 0);
        foreach (ReadOnlyMemory<byte> link in Hdf5FractalHeap.ReadIndexed(file, fields.UInt64(), fields.UInt64(), HeapIdLength, HashLength))
        {
            ReadLink(file, link.Span, links);
        }
    }

    private static void Add(Hdf5Bytes file, Dictionary<string, ulong> links, string name, ulong address)
    {
        if (!links.TryAdd(name, address))
        {
            throw file.Fault($"a group has two members named {WeightException.Quote(name)}, so it is damaged");
        }
    }
}
