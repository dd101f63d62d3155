using System.Buffers;
using System.Text;

namespace Convoy.Weights.Formats.Hdf5;

/// <summary>
/// Makes the header of an object (IV.A.1.a, version 1): its messages one by one. Members of a group are messages too, which takes neither
/// a tree nor a heap.
/// </summary>
internal sealed class Hdf5Header
{
    private const int LongestMessage = ushort.MaxValue - 7;
    private const byte Utf8 = 1;

    private readonly ArrayBufferWriter<byte> _messages = new();
    private int _count;

    private Hdf5Header()
    {
    }

    /// <summary>An object's header.</summary>
    /// <param name="draft">The object.</param>
    /// <param name="addressOf">Where the objects that it refers to are: a group's members, and a dataset's own elements.</param>
    /// <exception cref="WeightException">It has too much to say.</exception>
    public static byte[] Make(Hdf5Draft draft, Func<Hdf5Draft, long> addressOf)
    {
        var header = new Hdf5Header();
        switch (draft)
        {
            case Hdf5GroupDraft group:
                header.AddGroup(group, addressOf);
                break;
            case Hdf5DatasetDraft dataset:
                header.AddDataset(dataset, addressOf(dataset));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(draft), draft, "There is no such object.");
        }

        foreach (Hdf5AttributeDraft attribute in draft.Attributes)
        {
            header.AddAttribute(attribute);
        }

        return header.ToBytes();
    }

    /// <summary>How many of a row of texts fit into one attribute, each taking as much room as the longest.</summary>
    public static int CountTexts(IReadOnlyList<string> texts)
    {
        // What h5py's users, Keras among them, take for the limit of an attribute's content.
        const int MostContent = 64_512;
        return Math.Max(1, MostContent / MeasureTexts(texts));
    }

    private static int MeasureTexts(IReadOnlyList<string> texts) => Math.Max(1, texts.Max(Encoding.UTF8.GetByteCount));

    private void AddGroup(Hdf5GroupDraft group, Func<Hdf5Draft, long> addressOf)
    {
        // Its members stand here and nowhere else, in no order.
        Add(Hdf5MessageKind.LinkInfo, message =>
        {
            message.Bytes(0, 0);
            message.UInt64(Hdf5Bytes.Nowhere);
            message.UInt64(Hdf5Bytes.Nowhere);
        });
        Add(Hdf5MessageKind.GroupInfo, message => message.Bytes(0, 0));
        foreach ((string name, Hdf5Draft member) in group.Members)
        {
            // A name in UTF-8, of which two bytes say the length.
            const byte Flags = 0x11;
            byte[] bytes = Encoding.UTF8.GetBytes(name);
            Add(Hdf5MessageKind.Link, message =>
            {
                message.Bytes(1, Flags, Utf8);
                message.UInt16(bytes.Length);
                message.Bytes(bytes);
                message.UInt64((ulong)addressOf(member));
            });
        }
    }

    private void AddDataset(Hdf5DatasetDraft dataset, long address)
    {
        Add(Hdf5MessageKind.Dataspace, message => AddSpace(message, [.. dataset.Extents]));
        Add(Hdf5MessageKind.Datatype, message => AddFloat(message, dataset.Type));

        // No value for elements that were not written, as all are.
        Add(Hdf5MessageKind.FillValue, message => message.Bytes(2, 2, 2, 1, 0, 0, 0, 0));
        Add(Hdf5MessageKind.Layout, message =>
        {
            message.Bytes(3, 1);
            message.UInt64((ulong)address);
            message.UInt64((ulong)dataset.ByteCount);
        });
    }

    private void AddAttribute(Hdf5AttributeDraft attribute) => Add(Hdf5MessageKind.Attribute, message =>
    {
        // The rule of version 1: each part is filled up to a multiple of eight bytes.
        int size = MeasureTexts(attribute.Texts);
        byte[] name = [.. Encoding.UTF8.GetBytes(attribute.Name), 0];
        var type = new Hdf5Fields();
        type.Bytes(0x13, 1 | (Utf8 << 4), 0, 0);
        type.UInt32(size);
        var space = new Hdf5Fields();
        AddSpace(space, attribute.IsRow ? [attribute.Texts.Count] : []);
        message.Bytes(1, 0);
        message.UInt16(name.Length);
        message.UInt16(type.Length);
        message.UInt16(space.Length);
        foreach (byte[] part in (byte[][])[name, [.. type.Written], [.. space.Written]])
        {
            message.Bytes(part);
            message.Fill();
        }

        foreach (string text in attribute.Texts)
        {
            byte[] content = new byte[size];
            Encoding.UTF8.GetBytes(text, content);
            message.Bytes(content);
        }
    });

    private static void AddSpace(Hdf5Fields message, int[] extents)
    {
        message.Bytes(1, (byte)extents.Length, 0, 0, 0, 0, 0, 0);
        foreach (int extent in extents)
        {
            message.UInt64((ulong)extent);
        }
    }

    /// <summary>IEEE 754, little-endian: where the sign is, the exponent and the fraction, and the exponent's bias.</summary>
    private static void AddFloat(Hdf5Fields message, ElementType type)
    {
        (int exponent, int fraction) = type switch
        {
            ElementType.Float16 => (5, 10),
            ElementType.Float32 => (8, 23),
            ElementType.Float64 => (11, 52),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "HDF5 is written with no such numbers."),
        };
        int bits = 8 * type.SizeInBytes();
        message.Bytes(0x11, 0x20, (byte)(bits - 1), 0);
        message.UInt32(bits / 8);
        message.UInt16(0);
        message.UInt16(bits);
        message.Bytes((byte)fraction, (byte)exponent, 0, (byte)fraction);
        message.UInt32((1 << (exponent - 1)) - 1);
    }

    private void Add(Hdf5MessageKind kind, Action<Hdf5Fields> write)
    {
        var content = new Hdf5Fields();
        write(content);
        content.Fill();
        if (content.Length > LongestMessage || ++_count > ushort.MaxValue)
        {
            throw new WeightException("HDF5 has no room for so many layers, or for names as long as theirs; write a safetensors file.");
        }

        var message = new Hdf5Fields();
        message.UInt16((int)kind);
        message.UInt16(content.Length);
        message.Bytes(0, 0, 0, 0);
        _messages.Write(message.Written);
        _messages.Write(content.Written);
    }

    private byte[] ToBytes()
    {
        var prefix = new Hdf5Fields();
        prefix.Bytes(1, 0);
        prefix.UInt16(_count);
        prefix.UInt32(1);
        prefix.UInt32(_messages.WrittenCount);
        prefix.Fill();
        return [.. prefix.Written, .. _messages.WrittenSpan];
    }
}
