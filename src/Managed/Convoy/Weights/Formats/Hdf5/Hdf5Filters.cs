using System.IO.Compression;

namespace Convoy.Weights.Formats.Hdf5;

/// <summary>What chunks were put through before they were stored (IV.A.2.l): gzip, shuffle and a checksum, as h5py offers them by itself.</summary>
internal sealed class Hdf5Filters
{
    private const int Deflate = 1;
    private const int Shuffle = 2;
    private const int Fletcher32 = 3;
    private const int ChecksumLength = 4;
    private const int MostFilters = 8;

    private readonly Hdf5Bytes _file;
    private readonly string _name;
    private readonly List<int> _filters;

    private Hdf5Filters(Hdf5Bytes file, string name, List<int> filters) => (_file, _name, _filters) = (file, name, filters);

    /// <summary>Reads the message; an empty one stands for no filters.</summary>
    public static Hdf5Filters Read(Hdf5Bytes file, string name, ReadOnlySpan<byte> message)
    {
        const int FirstOwn = 256;
        var filters = new List<int>();
        if (message.IsEmpty)
        {
            return new Hdf5Filters(file, name, filters);
        }

        var fields = new Hdf5Cursor(file, message, "a dataset's filters");
        int version = fields.Byte();
        int count = fields.Byte();
        if (count > MostFilters)
        {
            throw file.Fault($"{name} is packed by {count} filters, but no more than {MostFilters} are read");
        }

        fields.Skip(version == 1 ? 6 : 0);
        for (int i = 0; i < count; i++)
        {
            int filter = fields.UInt16();
            int nameLength = version == 1 || filter >= FirstOwn ? fields.UInt16() : 0;
            fields.Skip(2);
            int values = fields.UInt16();
            fields.Skip(version == 1 ? (nameLength + 7) & ~7 : nameLength);
            fields.Skip(4 * (version == 1 ? (values + 1) & ~1 : values));
            filters.Add(filter is Deflate or Shuffle or Fletcher32
                ? filter
                : throw file.Fault($"{name} is packed by the filter {filter}, but only gzip, shuffle and fletcher32 are read; save it without compression"));
        }

        return new Hdf5Filters(file, name, filters);
    }

    /// <summary>Undoes the filters of a chunk, but those whose bits are set.</summary>
    public void Unpack(byte[] stored, uint skipped, Span<byte> chunk, int elementSize)
    {
        ReadOnlySpan<byte> bytes = stored;
        for (int i = _filters.Count - 1; i >= 0; i--)
        {
            if (i < 32 && (skipped & (1u << i)) != 0)
            {
                continue;
            }

            bytes = _filters[i] switch
            {
                Deflate => Inflate(bytes.ToArray(), chunk.Length + ChecksumLength),
                Shuffle => Unshuffle(bytes, elementSize),
                _ => bytes.Length >= ChecksumLength ? bytes[..^ChecksumLength] : throw WrongLength(chunk.Length),
            };
        }

        if (bytes.Length != chunk.Length)
        {
            throw WrongLength(chunk.Length);
        }

        bytes.CopyTo(chunk);
    }

    private byte[] Inflate(byte[] bytes, int most)
    {
        byte[] inflated = new byte[most + 1];
        try
        {
            using var stream = new ZLibStream(new MemoryStream(bytes), CompressionMode.Decompress);
            int length = stream.ReadAtLeast(inflated, inflated.Length, throwOnEndOfStream: false);
            return inflated[..length];
        }
        catch (InvalidDataException e)
        {
            throw _file.Fault($"{_name} has a chunk that gzip cannot unpack, so it is damaged", e);
        }
    }

    /// <summary>All elements' first bytes stand first, then all second ones; what is no whole element stays behind.</summary>
    private static byte[] Unshuffle(ReadOnlySpan<byte> bytes, int elementSize)
    {
        byte[] elements = bytes.ToArray();
        int count = bytes.Length / elementSize;
        for (int part = 0; part < elementSize; part++)
        {
            for (int i = 0; i < count; i++)
            {
                elements[(i * elementSize) + part] = bytes[(part * count) + i];
            }
        }

        return elements;
    }

    private WeightException WrongLength(int needed) =>
        _file.Fault($"{_name} has a chunk of more or fewer than the {needed:N0} bytes that its extents need, so it is damaged");
}
