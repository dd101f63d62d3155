namespace Convoy.Weights.Formats;

/// <summary>
/// Walks the fields of a protobuf message of which only the beginning is at hand (https://protobuf.dev/programming-guides/encoding).
/// A field that reaches behind the beginning is the last; one that reaches behind the whole message makes it malformed.
/// </summary>
internal ref struct ProtobufFields(ReadOnlySpan<byte> start, long length)
{
    private const int LongestVarint = 10;

    private readonly ReadOnlySpan<byte> _start = start;
    private long _at;

    /// <summary>The current field's number.</summary>
    public int Number { get; private set; }

    /// <summary>The current field's wire type.</summary>
    public ProtobufWire Wire { get; private set; }

    /// <summary>As much as is at hand of what a field with a length holds; nothing for the other wire types.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>True once bytes were met that no message has.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>True where the current field, otherwise well made, says to reach behind the whole message, which was cut short.</summary>
    public bool ReachesBehind { get; private set; }

    /// <summary>Goes to the next field; false where there is none at hand.</summary>
    public bool Next()
    {
        if (IsMalformed || _at >= _start.Length)
        {
            return false;
        }

        Content = default;
        if (TryRead())
        {
            return true;
        }

        // A field whose number or length is cut off with the beginning is not at hand, but may well be there.
        IsMalformed = _at < _start.Length || length == _start.Length;
        return false;
    }

    private bool TryRead()
    {
        if (!TryReadVarint(out ulong tag) || tag > uint.MaxValue || tag >> 3 == 0)
        {
            return false;
        }

        Number = (int)(tag >> 3);
        Wire = (ProtobufWire)(tag & 7);
        switch (Wire)
        {
            case ProtobufWire.Varint:
                return TryReadVarint(out _);
            case ProtobufWire.Length when TryReadVarint(out ulong size):
                ReachesBehind = size > (ulong)(length - _at);
                if (ReachesBehind)
                {
                    return false;
                }

                Content = _start.Slice((int)_at, (int)Math.Min(size, (ulong)(_start.Length - _at)));
                _at += (long)size;
                return true;
            case ProtobufWire.Fixed64 when length - _at >= sizeof(ulong):
                _at += sizeof(ulong);
                return true;
            case ProtobufWire.Fixed32 when length - _at >= sizeof(uint):
                _at += sizeof(uint);
                return true;
            default:
                return false;
        }
    }

    private bool TryReadVarint(out ulong value)
    {
        value = 0;
        for (int i = 0; i < LongestVarint && _at < _start.Length; i++)
        {
            byte part = _start[(int)_at++];
            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>How a field's value is written.</summary>
internal enum ProtobufWire
{
    Varint = 0,
    Fixed64 = 1,
    Length = 2,
    Fixed32 = 5,
}
