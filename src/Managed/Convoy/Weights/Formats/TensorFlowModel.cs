namespace Convoy.Weights.Formats;

/// <summary>Recognises TensorFlow's models by their fields, as protobuf has no signature (saved_model.proto, graph.proto).</summary>
internal static class TensorFlowModel
{
    /// <summary>Whether a file is a SavedModel: a version, then graphs with what belongs to them, the first of which begins with a description.</summary>
    public static bool RecognizesSaved(ReadOnlySpan<byte> start, long length)
    {
        var fields = new ProtobufFields(start, length);
        return fields.Next() && (fields.Number, fields.Wire) == (1, ProtobufWire.Varint)
            && fields.Next() && (fields.Number, fields.Wire) == (2, ProtobufWire.Length)
            && BeginsLikeMetaGraph(fields.Content);
    }

    /// <summary>Whether a file is a graph by itself: nodes, each of which begins with its name and its operation.</summary>
    public static bool RecognizesFrozen(ReadOnlySpan<byte> start, long length)
    {
        var fields = new ProtobufFields(start, length);
        return fields.Next() && (fields.Number, fields.Wire) == (1, ProtobufWire.Length) && BeginsLikeNode(fields.Content);
    }

    // Its description (of operations, tags and versions), or its graph where it has none.
    private static bool BeginsLikeMetaGraph(ReadOnlySpan<byte> graph)
    {
        var fields = new ProtobufFields(graph, long.MaxValue);
        return fields.Next() && (fields.Number, fields.Wire) is (1 or 2, ProtobufWire.Length) && fields.Content is [0x0A or 0x12 or 0x1A or 0x22 or 0x2A, ..];
    }

    // An operation is a word that begins with a capital letter: "Const", "Placeholder", "Conv2D".
    private static bool BeginsLikeNode(ReadOnlySpan<byte> node)
    {
        var fields = new ProtobufFields(node, long.MaxValue);
        return fields.Next() && (fields.Number, fields.Wire) == (1, ProtobufWire.Length)
            && fields.Next() && (fields.Number, fields.Wire) == (2, ProtobufWire.Length)
            && fields.Content is [>= (byte)'A' and <= (byte)'Z' or (byte)'_', ..];
    }
}
