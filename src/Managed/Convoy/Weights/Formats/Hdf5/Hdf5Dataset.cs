namespace Convoy.Weights.Formats.Hdf5;

/// <summary>A dataset: what its numbers are, and where they lie, of which its size is borne out by the file (IV.A.2.i).</summary>
internal sealed class Hdf5Dataset
{
    private const string What = "a dataset's layout";

    private readonly Hdf5Bytes _file;
    private readonly ReadOnlyMemory<byte> _compact;
    private readonly long _offset = -1;
    private readonly Hdf5Chunks? _chunks;

    private Hdf5Dataset(Hdf5Bytes file, string path, Hdf5Datatype type, Hdf5Dataspace space, ReadOnlySpan<byte> filters, ReadOnlyMemory<byte> layout)
    {
        _file = file;
        (Path, Type) = (path, type);
        Extents = CheckExtents(space);
        ByteCount = CheckSize(space);
        file.ChargeDataset(ByteCount);
        var fields = new Hdf5Cursor(file, layout.Span, What);
        int version = fields.Byte();
        int kind = version is 3 or 4 ? fields.Byte() : -1;
        switch (kind)
        {
            case 0:
                int length = fields.UInt16();
                RequireSize((ulong)length);
                fields.Take(length);
                _compact = layout.Slice(fields.Position - length, length);
                break;
            case 1:
                ulong address = fields.UInt64();
                RequireSize(fields.UInt64());
                _offset = IsEmpty ? -1
                    : address == Hdf5Bytes.Nowhere ? throw Fault("was never written")
                    : file.Locate(address, (ulong)ByteCount, Name);
                break;
            case 2 when version == 3:
                _chunks = IsEmpty ? null : new Hdf5Chunks(file, Name, ref fields, Extents, (int)type.Size, ByteCount, filters);
                break;
            default:
                throw Fault("is laid out in a way that is not read, older or newer than h5py's default");
        }
    }

    /// <summary>The way to it.</summary>
    public string Path { get; }

    /// <summary>The type of its elements.</summary>
    public Hdf5Datatype Type { get; }

    /// <summary>Its extents, outermost first; none for a single number.</summary>
    public ImmutableArray<int> Extents { get; }

    /// <summary>Whether it has no element, and nowhere to lie.</summary>
    public bool IsEmpty => ByteCount == 0;

    /// <summary>Bytes that its elements take, unpacked.</summary>
    public int ByteCount { get; }

    private string Name => NameOf(Path);

    /// <summary>Reads what the messages say of it.</summary>
    public static Hdf5Dataset Read(Hdf5Bytes file, IReadOnlyCollection<Hdf5Message> messages, string path)
    {
        ReadOnlySpan<byte> space = Find(Hdf5MessageKind.Dataspace).Span;
        ReadOnlySpan<byte> type = Find(Hdf5MessageKind.Datatype).Span;
        ReadOnlyMemory<byte> layout = Find(Hdf5MessageKind.Layout);
        ReadOnlySpan<byte> filters = messages.FirstOrDefault(message => message.Kind == Hdf5MessageKind.Filters).Content.Span;
        return new Hdf5Dataset(file, path, Hdf5Datatype.Read(file, type), Hdf5Dataspace.Read(file, space), filters, layout);

        ReadOnlyMemory<byte> Find(Hdf5MessageKind kind)
        {
            Hdf5Message[] found = [.. messages.Where(message => message.Kind == kind).Take(1)];
            return found is [{ IsShared: false }] ? found[0].Content : throw file.Fault($"{NameOf(path)} is not described in its own header, which is not read");
        }
    }

    /// <summary>Where in the file the elements lie as they are; false where they do not, and have to be unpacked.</summary>
    public bool TryLocate(out long offset)
    {
        offset = _offset;
        return offset >= 0;
    }

    /// <summary>All elements, as they are stored, in row-major order.</summary>
    public byte[] ReadBytes()
    {
        if (_chunks is not null)
        {
            return _chunks.Read();
        }

        byte[] bytes = new byte[ByteCount];
        if (TryLocate(out long offset))
        {
            _file.Storage.Read(offset, bytes);
        }
        else
        {
            _compact.CopyTo(bytes);
        }

        return bytes;
    }

    private static string NameOf(string path) => $"the dataset {WeightException.Quote(path)}";

    private ImmutableArray<int> CheckExtents(Hdf5Dataspace space)
    {
        const int MaxRank = 8;
        if (space.IsEmpty || space.Extents.Length > MaxRank || space.Extents.Any(extent => extent > int.MaxValue))
        {
            throw Fault($"has the extents [{string.Join(", ", space.Extents.Take(MaxRank + 1))}], but must have up to {MaxRank}");
        }

        return [.. space.Extents.Select(extent => (int)extent)];
    }

    private int CheckSize(Hdf5Dataspace space)
    {
        UInt128 size = (UInt128)space.Count * Type.Size;
        return Type.Size > 0 && size <= WeightSet.MaxTensorBytes ? (int)size : throw Fault("is larger than 2 GiB, the most that one tensor may take");
    }

    private void RequireSize(ulong stored)
    {
        if (stored != (ulong)ByteCount)
        {
            throw Fault($"needs {ByteCount:N0} bytes, but {stored:N0} are stored");
        }
    }

    private WeightException Fault(string problem) => _file.Fault($"{Name} {problem}");
}
