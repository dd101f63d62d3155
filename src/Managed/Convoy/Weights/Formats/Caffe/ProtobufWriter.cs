using System.Buffers;
using System.Text;

namespace Convoy.Weights.Formats.Caffe;

/// <summary>
/// Puts the fields of a protobuf message together (https://protobuf.dev/programming-guides/encoding). Of a field whose content is
/// long there is only the beginning here, and the content is written behind it.
/// </summary>
internal sealed class ProtobufWriter
{
    private const int Payload = 0x7F;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>The bytes so far.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    /// <summary>A number of seven bits a byte.</summary>
    public void Varint(ulong value)
    {
        for (; value > Payload; value >>= 7)
        {
            _bytes.Write<byte>([(byte)(value | (Payload + 1))]);
        }

        _bytes.Write<byte>([(byte)value]);
    }

    /// <summary>The beginning of a field: its number, and how many bytes of content follow.</summary>
    public void Begin(int number, long length)
    {
        Varint(((ulong)number << 3) | (ulong)ProtobufWire.Length);
        Varint((ulong)length);
    }

    /// <summary>A field of bytes.</summary>
    public void Field(int number, ReadOnlySpan<byte> content)
    {
        Begin(number, content.Length);
        _bytes.Write(content);
    }

    /// <summary>A field of text.</summary>
    public void Text(int number, string text) => Field(number, Encoding.UTF8.GetBytes(text));
}
