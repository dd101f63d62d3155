using System.Buffers.Binary;

namespace Convoy.Weights.Formats.Caffe;

/// <summary>
/// Walks the fields of a protobuf message, which is a range of a file, and of the messages in it
/// (https://protobuf.dev/programming-guides/encoding). What a field holds is not read but located, however long it is.
/// </summary>
internal sealed class ProtobufReader(WeightStorage file)
{
    private const int LongestVarint = 10;
    private const int WindowLength = 1 << 16;

    private readonly byte[] _window = new byte[Math.Min(WindowLength, file.Length)];
    private long _windowStart;
    private int _windowLength;

    /// <summary>One field.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="Wire">How its value is written.</param>
    /// <param name="Value">The value, where that is a number of at most eight bytes.</param>
    /// <param name="Start">Where in the file the value begins.</param>
    /// <param name="End">Where it ends.</param>
    public readonly record struct Field(int Number, ProtobufWire Wire, ulong Value, long Start, long End)
    {
        /// <summary>How many bytes the value has.</summary>
        public long Length => End - Start;
    }

    /// <summary>The fields in a range, one after the other.</summary>
    /// <exception cref="WeightException">They do not fill the range.</exception>
    public IEnumerable<Field> ReadFields(long start, long end)
    {
        for (long at = start; at < end;)
        {
            Field field = ReadField(ref at, end);
            yield return field;
        }
    }

    /// <summary>The numbers of a field that holds several varints, or is one.</summary>
    public IEnumerable<ulong> ReadVarints(Field field)
    {
        if (field.Wire == ProtobufWire.Varint)
        {
            yield return field.Value;
            yield break;
        }

        for (long at = field.Start; at < field.End;)
        {
            yield return ReadVarint(ref at, field.End);
        }
    }

    /// <summary>Bytes of the file.</summary>
    public ReadOnlySpan<byte> ReadBytes(long start, int length)
    {
        Fill(start, length);
        return _window.AsSpan((int)(start - _windowStart), length);
    }

    /// <summary>The error for a file that says what cannot be.</summary>
    public WeightException Fault(string problem) => WeightException.Unreadable(file.Source, problem);

    private Field ReadField(ref long at, long end)
    {
        ulong tag = ReadVarint(ref at, end);
        if (tag > uint.MaxValue || tag >> 3 == 0)
        {
            throw Damaged();
        }

        int number = (int)(tag >> 3);
        var wire = (ProtobufWire)(tag & 7);
        long start = at;
        switch (wire)
        {
            case ProtobufWire.Varint:
                return new Field(number, wire, ReadVarint(ref at, end), start, at);
            case ProtobufWire.Fixed64:
                at = Advance(start, sizeof(ulong), end);
                return new Field(number, wire, BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(start, sizeof(ulong))), start, at);
            case ProtobufWire.Fixed32:
                at = Advance(start, sizeof(uint), end);
                return new Field(number, wire, BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(start, sizeof(uint))), start, at);
            case ProtobufWire.Length:
                ulong length = ReadVarint(ref at, end);
                start = at;
                at = Advance(start, length, end);
                return new Field(number, wire, 0, start, at);
            default:
                throw Damaged();
        }
    }

    private long Advance(long at, ulong length, long end) => length <= (ulong)(end - at) ? at + (long)length : throw Damaged();

    private ulong ReadVarint(ref long at, long end)
    {
        ulong value = 0;
        for (int i = 0; i < LongestVarint && at < end; i++)
        {
            byte part = ReadBytes(at++, 1)[0];
            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Damaged();
    }

    /// <summary>Sees to it that bytes are in the window; what follows them comes along.</summary>
    private void Fill(long start, int length)
    {
        if (start >= _windowStart && start + length <= _windowStart + _windowLength)
        {
            return;
        }

        _windowLength = (int)Math.Min(_window.Length, file.Length - start);
        _windowStart = start;
        file.Read(start, _window.AsSpan(0, _windowLength));
    }

    private WeightException Damaged() => Fault("its fields do not fill it, so it was cut short or is damaged");
}
