using System.Text;

namespace Convoy.Weights.Formats.PyTorch;

/// <summary>Reads a storage's bytes one after the other, from a place on, without taking more memory than a length that is really there.</summary>
internal sealed class PickleReader(WeightStorage storage, long start)
{
    private const int WindowBytes = 1 << 16;

    private readonly byte[] _window = new byte[Math.Min(WindowBytes, storage.Length)];
    private long _windowAt = start;
    private int _count;
    private int _next;

    /// <summary>Where the next byte lies.</summary>
    public long Position => _windowAt + _next;

    private long Rest => storage.Length - Position;

    public byte ReadByte()
    {
        if (_next == _count)
        {
            Fill();
        }

        return _window[_next++];
    }

    /// <summary>Reads as many bytes as a pickle says that there are.</summary>
    public byte[] ReadBytes(ulong length)
    {
        if (length > (ulong)Rest || length > int.MaxValue)
        {
            throw CutShort();
        }

        byte[] bytes = new byte[length];
        int atHand = Math.Min(bytes.Length, _count - _next);
        _window.AsSpan(_next, atHand).CopyTo(bytes);
        _next += atHand;
        if (atHand < bytes.Length)
        {
            storage.Read(Position, bytes.AsSpan(atHand));
            (_windowAt, _count, _next) = (Position + bytes.Length - atHand, 0, 0);
        }

        return bytes;
    }

    /// <summary>Reads a little-endian number of one to eight bytes, without a sign.</summary>
    public ulong ReadUnsigned(int bytes)
    {
        ulong value = 0;
        for (int i = 0; i < bytes; i++)
        {
            value |= (ulong)ReadByte() << (8 * i);
        }

        return value;
    }

    /// <summary>Reads a text of as many bytes as a pickle says that there are.</summary>
    public string ReadText(ulong length) => Encoding.UTF8.GetString(ReadBytes(length));

    /// <summary>Reads a text up to the end of its line.</summary>
    public string ReadLine()
    {
        const int Longest = 1024;
        var line = new List<byte>();
        for (byte next = ReadByte(); next != '\n'; next = ReadByte())
        {
            line.Add(line.Count < Longest ? next : throw new FileFaultException("a name in its pickle does not end"));
        }

        return Encoding.UTF8.GetString([.. line]);
    }

    private void Fill()
    {
        (_windowAt, _next) = (Position, 0);
        _count = (int)Math.Min(_window.Length, Rest);
        if (_count <= 0)
        {
            throw CutShort();
        }

        storage.Read(_windowAt, _window.AsSpan(0, _count));
    }

    private static FileFaultException CutShort() => new("its pickle is cut short");
}
