namespace Convoy.Weights.Formats;

/// <summary>Recognises ONNX models: protobuf has no signature, so that their fields have to serve (message ModelProto of onnx.proto).</summary>
internal static class OnnxModel
{
    private const int Version = 1;
    private const int Graph = 7;

    /// <summary>Whether every field at hand is one of a model, and one of them its graph; behind a version, that or what follows it may be cut short.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> start, long length)
    {
        bool hasGraph = false;
        bool hasVersion = false;
        var fields = new ProtobufFields(start, length);
        while (fields.Next())
        {
            ProtobufWire? expected = WireOf(fields.Number);
            if (fields.Wire != expected)
            {
                return false;
            }

            hasGraph |= fields.Number == Graph;
            hasVersion |= fields.Number == Version;
        }

        return fields.IsMalformed ? hasVersion && (hasGraph || (fields.ReachesBehind && fields.Number == Graph)) : hasGraph;
    }

    // ir_version and model_version are numbers; producer, domain, documentation, graph, opsets, metadata, training and functions are not.
    private static ProtobufWire? WireOf(int field) => field switch
    {
        Version or 5 => ProtobufWire.Varint,
        2 or 3 or 4 or 6 or Graph or 8 or 14 or 20 or 25 or 26 => ProtobufWire.Length,
        _ => null,
    };
}
