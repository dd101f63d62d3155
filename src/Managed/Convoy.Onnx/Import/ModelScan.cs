using Convoy.Onnx.Format;
using Convoy.Weights.Formats;
using Google.Protobuf.Reflection;

namespace Convoy.Onnx.Import;

/// <summary>
/// Counts a model's messages before it is parsed. An empty one takes two bytes in a file and a hundred times that in memory, so
/// that a small file could ask for much; no network has so many.
/// </summary>
internal static class ModelScan
{
    private const int MostMessages = 1 << 18;

    /// <summary>Refuses a file that is malformed, or has too many messages.</summary>
    /// <exception cref="UnsupportedException">It is; the message is a part of a sentence: "it is damaged".</exception>
    public static void Check(ReadOnlySpan<byte> file)
    {
        int left = MostMessages;
        Count(file, ModelProto.Descriptor, ref left);
    }

    // As deep as the schema is: none of its messages contains itself.
    private static void Count(ReadOnlySpan<byte> message, MessageDescriptor type, ref int left)
    {
        var fields = new ProtobufFields(message, message.Length);
        while (fields.Next())
        {
            if (fields.Wire != ProtobufWire.Length || type.FindFieldByNumber(fields.Number) is not { FieldType: FieldType.Message } field)
            {
                continue;
            }

            if (--left < 0)
            {
                throw new UnsupportedException(FormattableString.Invariant($"it has more than {MostMessages:N0} nodes, attributes, tensors and the like"));
            }

            Count(fields.Content, field.MessageType, ref left);
        }

        if (fields.IsMalformed)
        {
            throw new UnsupportedException("it is damaged or cut short");
        }
    }
}
