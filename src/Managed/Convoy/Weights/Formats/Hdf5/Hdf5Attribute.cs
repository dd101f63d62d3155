namespace Convoy.Weights.Formats.Hdf5;

/// <summary>A small value that belongs to an object (IV.A.2.m).</summary>
internal sealed record Hdf5Attribute(string Name, Hdf5Datatype Type, Hdf5Dataspace Space, ReadOnlyMemory<byte> Content)
{
    private const string What = "an attribute";

    /// <summary>All attributes of an object, whether they stand in its header or in a heap of their own.</summary>
    public static Dictionary<string, Hdf5Attribute> ReadAll(Hdf5Bytes file, IEnumerable<Hdf5Message> messages)
    {
        var attributes = new Dictionary<string, Hdf5Attribute>(StringComparer.Ordinal);
        foreach (Hdf5Message message in messages)
        {
            IEnumerable<ReadOnlyMemory<byte>> contents = message.Kind switch
            {
                Hdf5MessageKind.Attribute when !message.IsShared => [message.Content],
                Hdf5MessageKind.AttributeInfo => ReadDense(file, message.Content.Span),
                _ => [],
            };
            foreach (ReadOnlyMemory<byte> content in contents)
            {
                Hdf5Attribute? attribute = Read(file, content);
                if (attribute is not null)
                {
                    attributes[attribute.Name] = attribute;
                }
            }
        }

        return attributes;
    }

    /// <summary>The texts, if it holds any: one, or a row of them.</summary>
    public IReadOnlyList<string>? ReadTexts(Hdf5Bytes file)
    {
        if (Type.Class is not (Hdf5Class.Text or Hdf5Class.VariableText))
        {
            return null;
        }

        var fields = new Hdf5Cursor(file, Content.Span, What);
        var texts = new List<string>();
        var heap = new Hdf5GlobalHeap(file);
        for (ulong left = Space.Count; left > 0; left--)
        {
            file.Charge(Type.Size);
            texts.Add(Type.Class == Hdf5Class.Text ? fields.Text(Type.Size).TrimEnd() : heap.ReadText(ref fields));
        }

        return texts;
    }

    private static Hdf5Attribute? Read(Hdf5Bytes file, ReadOnlyMemory<byte> content)
    {
        var fields = new Hdf5Cursor(file, content.Span, What);
        int version = fields.Byte();
        byte flags = fields.Byte();
        int nameLength = fields.UInt16();
        int typeLength = fields.UInt16();
        int spaceLength = fields.UInt16();
        if (version is < 1 or > 3 || (version > 1 && flags != 0))
        {
            // A version yet to come, or a type that others share: nothing that Keras writes.
            return null;
        }

        fields.Skip(version == 3 ? 1 : 0);
        int multiple = version == 1 ? 8 : 1;
        string name = fields.Text(RoundUp(nameLength, multiple));
        var type = Hdf5Datatype.Read(file, fields.Take(RoundUp(typeLength, multiple)));
        var space = Hdf5Dataspace.Read(file, fields.Take(RoundUp(spaceLength, multiple)));
        return new Hdf5Attribute(name, type, space, content[fields.Position..]);
    }

    private static int RoundUp(int length, int multiple) => (length + multiple - 1) / multiple * multiple;

    private static IEnumerable<ReadOnlyMemory<byte>> ReadDense(Hdf5Bytes file, ReadOnlySpan<byte> message)
    {
        const byte OrderFlag = 1;
        const int HeapIdLength = 8;
        var fields = new Hdf5Cursor(file, message, What);
        fields.Skip(1);
        fields.Skip((fields.Byte() & OrderFlag) != 0 ? 2 : 0);
        return Hdf5FractalHeap.ReadIndexed(file, fields.UInt64(), fields.UInt64(), HeapIdLength, skipped: 0);
    }
}
