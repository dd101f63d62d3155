namespace Convoy.Weights.Formats.Caffe;

/// <summary>Recognises Caffe's models by their fields, as protobuf has no signature (message NetParameter of caffe.proto).</summary>
internal static class CaffeModel
{
    private const int Name = 1;
    private const int OldLayers = 2;
    private const int Layer = 100;

    /// <summary>Whether the fields at hand are a name, inputs and flags, and then layers, of either generation.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> start, long length)
    {
        var fields = new ProtobufFields(start, length);
        while (fields.Next())
        {
            switch (fields.Number, fields.Wire)
            {
                case (Layer, ProtobufWire.Length):
                    return BeginsLikeLayer(fields.Content);
                case (OldLayers, ProtobufWire.Length):
                    return BeginsLikeOldLayer(fields.Content);
                case (Name or 3 or 6 or 8, ProtobufWire.Length):
                case (4 or 5 or 7, ProtobufWire.Varint):
                    break;
                default:
                    return false;
            }
        }

        return false;
    }

    // A name, then a type.
    private static bool BeginsLikeLayer(ReadOnlySpan<byte> layer)
    {
        var fields = new ProtobufFields(layer, long.MaxValue);
        return fields.Next() && (fields.Number, fields.Wire) == (1, ProtobufWire.Length)
            && fields.Next() && (fields.Number, fields.Wire) == (2, ProtobufWire.Length);
    }

    // What it reads and writes, if anything, then its name, then for which phase it is or the number of its type.
    private static bool BeginsLikeOldLayer(ReadOnlySpan<byte> layer)
    {
        const int LayerName = 4;
        const int Type = 5;
        const int Include = 32;
        var fields = new ProtobufFields(layer, long.MaxValue);
        bool isThere = fields.Next();
        while (isThere && (fields.Number, fields.Wire) is (2 or 3, ProtobufWire.Length))
        {
            isThere = fields.Next();
        }

        return isThere && (fields.Number, fields.Wire) == (LayerName, ProtobufWire.Length)
            && fields.Next() && (fields.Number, fields.Wire) is (Type, ProtobufWire.Varint) or (Include, ProtobufWire.Length);
    }
}
