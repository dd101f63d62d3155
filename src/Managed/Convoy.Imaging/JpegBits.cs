namespace Convoy.Imaging;

/// <summary>
/// Reads the bits of a JPEG file's entropy-coded data (ITU-T T.81, F.2.2.5): a byte FF is followed by a stuffed 00, and ends the
/// data where it is not. Behind the end every bit is 0, and <see cref="IsExhausted"/>.
/// </summary>
internal ref struct JpegBits(ReadOnlySpan<byte> file, int position)
{
    private const byte Escape = 0xFF;
    private const byte FirstRestart = 0xD0;

    private readonly ReadOnlySpan<byte> _file = file;
    private int _byte;
    private int _bitsLeft;

    /// <summary>Where the next byte lies; what is left of the one before is padding once the data is complete.</summary>
    public int Position { get; private set; } = position;

    /// <summary>Whether more was read than there is.</summary>
    public bool IsExhausted { get; private set; }

    /// <summary>Reads a number of up to 16 bits.</summary>
    public int Read(int count)
    {
        int value = 0;
        for (; count > 0; count--)
        {
            if (_bitsLeft == 0 && !TryNextByte())
            {
                return 0;
            }

            _bitsLeft--;
            value = (value << 1) | ((_byte >> _bitsLeft) & 1);
        }

        return value;
    }

    /// <summary>Passes over the padding and over the restart marker of this number, which must be there.</summary>
    public void ReadRestart(int number)
    {
        _bitsLeft = 0;
        if (Position + 2 <= _file.Length && _file[Position] == Escape && _file[Position + 1] == FirstRestart + number)
        {
            Position += 2;
        }
        else
        {
            Exhaust();
        }
    }

    /// <summary>Ends the data here, since it makes no sense.</summary>
    public void Exhaust() => IsExhausted = true;

    private bool TryNextByte()
    {
        if (IsExhausted || Position == _file.Length)
        {
            Exhaust();
            return false;
        }

        _byte = _file[Position];
        if (_byte == Escape && (Position + 1 == _file.Length || _file[Position + 1] != 0))
        {
            Exhaust();
            return false;
        }

        Position += _byte == Escape ? 2 : 1;
        _bitsLeft = 8;
        return true;
    }
}
