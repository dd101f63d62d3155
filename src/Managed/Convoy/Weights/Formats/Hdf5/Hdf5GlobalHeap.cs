namespace Convoy.Weights.Formats.Hdf5;

/// <summary>Finds texts of any length, which stand in collections apart from what refers to them (III.E).</summary>
internal sealed class Hdf5GlobalHeap(Hdf5Bytes file)
{
    private const string What = "a collection of the global heap";
    private const int PrefixLength = 16;

    private readonly Dictionary<ulong, Dictionary<uint, ReadOnlyMemory<byte>>> _collections = [];

    /// <summary>The text that the next reference stands for: its length, the collection's address, its number in there.</summary>
    public string ReadText(ref Hdf5Cursor references)
    {
        uint length = references.UInt32();
        ulong address = references.UInt64();
        uint number = references.UInt32();
        if (length == 0)
        {
            return "";
        }

        if (!_collections.TryGetValue(address, out Dictionary<uint, ReadOnlyMemory<byte>>? collection))
        {
            collection = ReadCollection(address);
            _collections.Add(address, collection);
        }

        if (!collection.TryGetValue(number, out ReadOnlyMemory<byte> text) || length > text.Length)
        {
            throw file.Fault($"{What} lacks a text that is referred to, so it is damaged");
        }

        file.Charge(length);
        return Hdf5Cursor.TextIn(text.Span[..(int)length]);
    }

    private Dictionary<uint, ReadOnlyMemory<byte>> ReadCollection(ulong address)
    {
        var prefix = new Hdf5Cursor(file, file.Read(address, PrefixLength, What), What);
        prefix.Expect("GCOL"u8);
        prefix.Skip(4);
        byte[] bytes = file.Read(address, prefix.UInt64(), What);
        var objects = new Dictionary<uint, ReadOnlyMemory<byte>>();
        var fields = new Hdf5Cursor(file, bytes, What);
        fields.Skip(PrefixLength);
        while (fields.Remaining >= PrefixLength)
        {
            uint number = fields.UInt16();
            fields.Skip(6);
            ulong size = fields.UInt64();
            if (number == 0)
            {
                // What is left is free.
                break;
            }

            int at = fields.Position;
            fields.Skip((long)Math.Min(size, int.MaxValue));
            objects[number] = bytes.AsMemory(at, fields.Position - at);
            fields.Skip(Math.Min(-fields.Position & 7, fields.Remaining));
        }

        return objects;
    }
}
