using System.Buffers.Binary;

namespace Convoy.Weights.Formats.Caffe;

/// <summary>An array of a layer (message BlobProto of caffe.proto): its extents, and where its numbers lie.</summary>
internal sealed class CaffeBlob
{
    /// <summary>The field of numbers of single precision.</summary>
    public const int Data = 5;

    /// <summary>The field of extents, which are a message of their own.</summary>
    public const int ShapeField = 7;

    /// <summary>The field of numbers of double precision.</summary>
    public const int DoubleData = 8;

    private const int MaxRank = 8;

    private readonly List<ProtobufReader.Field> _pieces = [];

    private CaffeBlob()
    {
    }

    /// <summary>The extents, outermost first.</summary>
    public ImmutableArray<int> Extents { get; private set; }

    /// <summary>Whether the extents are the four that every array had once: a bias [1, 1, 1, N].</summary>
    public bool IsLegacy { get; private set; }

    /// <summary>How each number is stored.</summary>
    public ElementType ElementType { get; private set; }

    /// <summary>How many numbers there are.</summary>
    public int Count { get; private set; }

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => Count == 0;

    private int ByteCount => Count * ElementType.SizeInBytes();

    /// <summary>Reads a blob.</summary>
    /// <param name="reader">The file.</param>
    /// <param name="message">Where it is.</param>
    /// <param name="name">What a sentence calls it.</param>
    public static CaffeBlob Read(ProtobufReader reader, ProtobufReader.Field message, string name)
    {
        var blob = new CaffeBlob();
        ulong[] legacy = [1, 1, 1, 1];
        List<ulong>? shape = null;
        foreach (ProtobufReader.Field field in reader.ReadFields(message.Start, message.End))
        {
            switch (field.Number, field.Wire)
            {
                case ( >= 1 and <= 4, ProtobufWire.Varint):
                    legacy[field.Number - 1] = field.Value;
                    break;
                case (Data, ProtobufWire.Length or ProtobufWire.Fixed32):
                case (DoubleData, ProtobufWire.Length or ProtobufWire.Fixed64):
                    blob.Add(reader, field, name);
                    break;
                case (ShapeField, ProtobufWire.Length):
                    shape = ReadShape(reader, field, name);
                    break;
            }
        }

        blob.IsLegacy = shape is null;
        blob.CheckExtents(reader, shape ?? [.. legacy], name);
        return blob;
    }

    /// <summary>The numbers as a tensor: where they lie, if that is in one piece.</summary>
    public WeightTensor ToTensor(string name, Shape shape, WeightStorage file, List<WeightStorage> unpacked)
    {
        if (_pieces is [{ Wire: ProtobufWire.Length } whole])
        {
            return new WeightTensor(name, ElementType, shape, file, whole.Start, ByteCount);
        }

        var storage = new UnpackedStorage(file.Source, ByteCount, () => Gather(file));
        unpacked.Add(storage);
        return new WeightTensor(name, ElementType, shape, storage, 0, ByteCount);
    }

    /// <summary>The first number, which of some arrays is the only one.</summary>
    public double ReadFirst(ProtobufReader reader) => ElementType == ElementType.Float32
        ? BinaryPrimitives.ReadSingleLittleEndian(reader.ReadBytes(_pieces[0].Start, sizeof(float)))
        : BinaryPrimitives.ReadDoubleLittleEndian(reader.ReadBytes(_pieces[0].Start, sizeof(double)));

    private static List<ulong> ReadShape(ProtobufReader reader, ProtobufReader.Field message, string name)
    {
        var shape = new List<ulong>();
        foreach (ProtobufReader.Field field in reader.ReadFields(message.Start, message.End).Where(field => field is { Number: 1, Wire: ProtobufWire.Length or ProtobufWire.Varint }))
        {
            foreach (ulong extent in reader.ReadVarints(field))
            {
                shape.Add(shape.Count < MaxRank ? extent : throw reader.Fault($"{name} has more than {MaxRank} extents"));
            }
        }

        return shape;
    }

    private void Add(ProtobufReader reader, ProtobufReader.Field field, string name)
    {
        ElementType type = field.Number == Data ? ElementType.Float32 : ElementType.Float64;
        int size = type.SizeInBytes();
        if ((_pieces.Count > 0 && type != ElementType) || field.Length % size != 0)
        {
            throw reader.Fault($"{name} is of single and double precision at once, or ends within a number");
        }

        if (field.Length == 0)
        {
            return;
        }

        long bytes = ByteCount + field.Length;
        if (bytes > WeightSet.MaxTensorBytes)
        {
            throw reader.Fault($"{name} is larger than 2 GiB, the most that one tensor may take");
        }

        ElementType = type;
        Count = (int)(bytes / size);
        _pieces.Add(field);
    }

    private void CheckExtents(ProtobufReader reader, List<ulong> extents, string name)
    {
        UInt128 count = 1;
        foreach (ulong extent in extents)
        {
            count = extent is >= 1 and <= int.MaxValue ? count * extent : 0;
        }

        bool isEmpty = Count == 0 && extents.Contains(0) && extents.TrueForAll(extent => extent <= int.MaxValue);
        Extents = isEmpty || (count == (UInt128)Count && Count > 0)
            ? [.. extents.Select(extent => (int)extent)]
            : throw reader.Fault($"{name} has the extents [{string.Join(", ", extents)}], but {Count:N0} numbers");
    }

    private byte[] Gather(WeightStorage file)
    {
        byte[] bytes = new byte[ByteCount];
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        int done = 0;
        foreach (ProtobufReader.Field piece in _pieces)
        {
            if (piece.Wire == ProtobufWire.Length)
            {
                file.Read(piece.Start, bytes.AsSpan(done, (int)piece.Length));
            }
            else
            {
                // A number of its own was read with its field.
                BinaryPrimitives.WriteUInt64LittleEndian(number, piece.Value);
                number[..(int)piece.Length].CopyTo(bytes.AsSpan(done));
            }

            done += (int)piece.Length;
        }

        return bytes;
    }
}
