namespace Convoy.Weights.Formats.Hdf5;

/// <summary>What a message of an object header says (IV.A.2); those that are neither read nor written have no name here.</summary>
internal enum Hdf5MessageKind
{
    Dataspace = 0x01,
    LinkInfo = 0x02,
    Datatype = 0x03,
    FillValue = 0x05,
    Link = 0x06,
    Layout = 0x08,
    GroupInfo = 0x0A,
    Filters = 0x0B,
    Attribute = 0x0C,
    Continuation = 0x10,
    SymbolTable = 0x11,
    AttributeInfo = 0x15,
}

/// <summary>A message of an object header.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="IsShared">Whether it stands elsewhere, and only a reference to it here.</param>
/// <param name="Content">Its bytes.</param>
internal readonly record struct Hdf5Message(Hdf5MessageKind Kind, bool IsShared, ReadOnlyMemory<byte> Content);

/// <summary>Reads object headers, of either version, with what continues them (IV.A.1).</summary>
internal static class Hdf5ObjectHeader
{
    private const string What = "an object header";
    private const int ChecksumLength = 4;
    private const int OldPrefixLength = 16;
    private const byte SharedFlag = 0x02;

    /// <summary>All messages of the header at an address.</summary>
    public static List<Hdf5Message> Read(Hdf5Bytes file, ulong address) =>
        file.Read(address, 4, What).AsSpan().SequenceEqual("OHDR"u8) ? ReadNew(file, address) : ReadOld(file, address);

    private static List<Hdf5Message> ReadOld(Hdf5Bytes file, ulong address)
    {
        var prefix = new Hdf5Cursor(file, file.Read(address, OldPrefixLength, What), What);
        int version = prefix.Byte();
        if (version != 1)
        {
            throw file.Fault($"{What} is not where it should be, so it is damaged");
        }

        prefix.Skip(7);
        var messages = new List<Hdf5Message>();
        var blocks = new Queue<byte[]>([file.Read(address + OldPrefixLength, prefix.UInt32(), What)]);
        while (blocks.TryDequeue(out byte[]? block))
        {
            var fields = new Hdf5Cursor(file, block, What);
            while (fields.Remaining >= 8)
            {
                var kind = (Hdf5MessageKind)fields.UInt16();
                int size = fields.UInt16();
                byte flags = fields.Byte();
                fields.Skip(3);
                Add(file, messages, blocks, kind, flags, block.AsMemory(fields.Position, Math.Min(size, fields.Remaining)), isNew: false);
                fields.Skip(size);
            }
        }

        return messages;
    }

    private static List<Hdf5Message> ReadNew(Hdf5Bytes file, ulong address)
    {
        const byte OrderFlag = 0x04;
        const byte PhaseFlag = 0x10;
        const byte TimesFlag = 0x20;
        const int LongestPrefix = 34;
        ulong rest = (ulong)file.Storage.Length - (ulong)file.Locate(address, 0, What);
        var prefix = new Hdf5Cursor(file, file.Read(address, Math.Min(LongestPrefix, rest), What), What);
        prefix.Expect("OHDR"u8);
        prefix.Skip(1);
        byte headerFlags = prefix.Byte();
        prefix.Skip(((headerFlags & TimesFlag) != 0 ? 16 : 0) + ((headerFlags & PhaseFlag) != 0 ? 4 : 0));
        ulong length = prefix.Number(1 << (headerFlags & 3));
        var messages = new List<Hdf5Message>();
        var blocks = new Queue<byte[]>([file.Read(address + (ulong)prefix.Position, length, What)]);
        int prefixOfOrder = (headerFlags & OrderFlag) != 0 ? 2 : 0;
        while (blocks.TryDequeue(out byte[]? block))
        {
            var fields = new Hdf5Cursor(file, block, What);
            while (fields.Remaining >= 4 + prefixOfOrder)
            {
                var kind = (Hdf5MessageKind)fields.Byte();
                int size = fields.UInt16();
                byte flags = fields.Byte();
                fields.Skip(prefixOfOrder);
                Add(file, messages, blocks, kind, flags, block.AsMemory(fields.Position, Math.Min(size, fields.Remaining)), isNew: true);
                fields.Skip(size);
            }
        }

        return messages;
    }

    private static void Add(
        Hdf5Bytes file, List<Hdf5Message> messages, Queue<byte[]> blocks, Hdf5MessageKind kind, byte flags, ReadOnlyMemory<byte> content, bool isNew)
    {
        if (kind != Hdf5MessageKind.Continuation)
        {
            messages.Add(new Hdf5Message(kind, (flags & SharedFlag) != 0, content));
            return;
        }

        var fields = new Hdf5Cursor(file, content.Span, What);
        byte[] block = file.Read(fields.UInt64(), fields.UInt64(), What);
        if (!isNew)
        {
            blocks.Enqueue(block);
            return;
        }

        var continued = new Hdf5Cursor(file, block, What);
        continued.Expect("OCHK"u8);
        blocks.Enqueue(continued.Take(continued.Remaining - ChecksumLength).ToArray());
    }
}
