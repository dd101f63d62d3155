using System.Buffers.Binary;

namespace Convoy.Imaging;

/// <summary>
/// Follows the Huffman codes of a JPEG file's scans (ITU-T T.81, F.2 and G.2), to see whether every pixel is there: a file
/// that lacks its end-of-image marker may lack that alone, or its lower half. Values are passed over; all that is kept is
/// which coefficients are not 0, since that decides what a progressive scan brings.
/// </summary>
internal sealed class JpegScans
{
    private const int Tables = 4;
    private const int BlockSide = 8;
    private const int LastCoefficient = 63;

    private readonly JpegHuffmanTable?[] _dcTables = new JpegHuffmanTable?[Tables];
    private readonly JpegHuffmanTable?[] _acTables = new JpegHuffmanTable?[Tables];
    private JpegComponent[] _components = [];
    private bool _isProgressive;
    private int _mcuColumns;
    private int _mcuRows;
    private int _restartInterval;

    private JpegScans()
    {
    }

    private bool IsComplete => _components.Length > 0 && Array.TrueForAll(_components, component => component.IsComplete);

    /// <summary>Where the data of a complete picture ends; null where something is missing, or not of a kind that is known here.</summary>
    /// <param name="file">The file.</param>
    /// <param name="maxPixels">The most pixels it may declare.</param>
    public static int? FindEnd(ReadOnlySpan<byte> file, long maxPixels)
    {
        var scans = new JpegScans();
        int position = 0;
        int scanEnd = 0;
        while (JpegMarkers.Next(file, ref position) is { } marker)
        {
            if (marker == JpegMarkers.EndOfImage && position - JpegMarkers.MarkerBytes == scanEnd)
            {
                // Right behind a scan it ends what was not meant to be more: whoever chooses the scans may leave details out.
                return scanEnd;
            }

            if (!JpegMarkers.TryReadSegment(file, position, out ReadOnlySpan<byte> segment))
            {
                return null;
            }

            position += segment.Length + JpegMarkers.LengthBytes;
            bool isFine = marker switch
            {
                JpegMarkers.Baseline or JpegMarkers.Extended or JpegMarkers.Progressive =>
                    scans.TryReadFrame(segment, marker == JpegMarkers.Progressive, maxPixels),
                JpegMarkers.HuffmanTables => scans.TryReadTables(segment),
                JpegMarkers.RestartInterval => scans.TryReadRestartInterval(segment),
                JpegMarkers.StartOfScan => scans.TryFollow(file, segment, ref position),
                _ => true, // other tables, comments and what applications add; a frame of another kind leaves scans without theirs
            };
            if (!isFine)
            {
                return null;
            }

            if (scans.IsComplete)
            {
                return position;
            }

            scanEnd = marker == JpegMarkers.StartOfScan ? position : scanEnd;
        }

        return null;
    }

    private bool TryReadFrame(ReadOnlySpan<byte> segment, bool isProgressive, long maxPixels)
    {
        if (_components.Length > 0 || segment.Length < 6 || segment.Length < 6 + (3 * segment[5]))
        {
            return false;
        }

        int height = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        int width = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        var components = new JpegComponent[segment[5]];
        for (int i = 0; i < components.Length; i++)
        {
            int sampling = segment[7 + (3 * i)];
            components[i] = new JpegComponent(segment[6 + (3 * i)], sampling >> 4, sampling & 15);
        }

        if (height == 0 || width == 0 || (long)height * width > maxPixels || components.Length is 0 or > 4
            || Array.Exists(components, each => each.Across is 0 or > 4 || each.Down is 0 or > 4))
        {
            return false;
        }

        int mostAcross = components.Max(each => each.Across);
        int mostDown = components.Max(each => each.Down);
        _mcuColumns = DivideUp(width, BlockSide * mostAcross);
        _mcuRows = DivideUp(height, BlockSide * mostDown);
        foreach (JpegComponent component in components)
        {
            component.Columns = DivideUp(DivideUp(width * component.Across, mostAcross), BlockSide);
            component.Rows = DivideUp(DivideUp(height * component.Down, mostDown), BlockSide);
            component.Pitch = _mcuColumns * component.Across;
            component.NonZero = new ulong[isProgressive ? component.Pitch * _mcuRows * component.Down : 1];
        }

        _components = components;
        _isProgressive = isProgressive;
        return true;
    }

    private bool TryReadTables(ReadOnlySpan<byte> segment)
    {
        while (segment.Length > JpegHuffmanTable.CountBytes)
        {
            int kind = segment[0] >> 4;
            int index = segment[0] & 15;
            ReadOnlySpan<byte> counts = segment.Slice(1, JpegHuffmanTable.CountBytes);
            int symbols = 0;
            foreach (byte count in counts)
            {
                symbols += count;
            }

            segment = segment[(1 + JpegHuffmanTable.CountBytes)..];
            if (kind > 1 || index >= Tables || symbols > segment.Length)
            {
                return false;
            }

            (kind == 0 ? _dcTables : _acTables)[index] = new JpegHuffmanTable(counts, segment[..symbols]);
            segment = segment[symbols..];
        }

        return segment.IsEmpty;
    }

    private bool TryReadRestartInterval(ReadOnlySpan<byte> segment)
    {
        bool isThere = BinaryPrimitives.TryReadUInt16BigEndian(segment, out ushort interval);
        _restartInterval = interval;
        return isThere;
    }

    /// <summary>Passes over a scan's data, which begin at the position; false where they are not all there.</summary>
    private bool TryFollow(ReadOnlySpan<byte> file, ReadOnlySpan<byte> header, ref int position)
    {
        if (header.IsEmpty || header[0] is 0 or > 4 || header.Length < 4 + (2 * header[0]))
        {
            return false;
        }

        var parts = new (JpegComponent Component, JpegBlockReader Reader)[header[0]];
        ReadOnlySpan<byte> spectral = header[(1 + (2 * parts.Length))..];
        (int first, int last, int lowestBit, bool isRefinement) = _isProgressive
            ? (spectral[0], spectral[1], spectral[2] & 15, spectral[2] >> 4 != 0)
            : (0, LastCoefficient, 0, false);
        if (first > last || last > LastCoefficient || (_isProgressive && (first == 0 ? last != 0 : parts.Length != 1)))
        {
            return false;
        }

        for (int i = 0; i < parts.Length; i++)
        {
            byte id = header[1 + (2 * i)];
            int tables = header[2 + (2 * i)];
            if (Array.Find(_components, each => each.Id == id) is not { } component || tables >> 4 >= Tables || (tables & 15) >= Tables)
            {
                return false;
            }

            parts[i] = (component, new JpegBlockReader(_dcTables[tables >> 4], _acTables[tables & 15], first, last, isRefinement));
        }

        var bits = new JpegBits(file, position);
        Follow(parts, ref bits);
        position = bits.Position;
        Array.ForEach(parts, part => part.Component.Complete(first, last, lowestBit));
        return !bits.IsExhausted;
    }

    private void Follow((JpegComponent Component, JpegBlockReader Reader)[] parts, ref JpegBits bits)
    {
        // A component alone comes block by block, without those that only fill up an MCU.
        bool isAlone = parts.Length == 1;
        int columns = isAlone ? parts[0].Component.Columns : _mcuColumns;
        int rows = isAlone ? parts[0].Component.Rows : _mcuRows;
        for (int mcu = 0; mcu < columns * rows && !bits.IsExhausted; mcu++)
        {
            if (_restartInterval > 0 && mcu > 0 && mcu % _restartInterval == 0)
            {
                bits.ReadRestart(((mcu / _restartInterval) - 1) % 8);
                Array.ForEach(parts, part => part.Reader.Restart());
            }

            (int row, int column) = (mcu / columns, mcu % columns);
            foreach ((JpegComponent component, JpegBlockReader reader) in parts)
            {
                (int across, int down) = isAlone ? (1, 1) : (component.Across, component.Down);
                for (int block = 0; block < across * down; block++)
                {
                    int place = (((row * down) + (block / across)) * component.Pitch) + (column * across) + (block % across);
                    reader.Follow(ref bits, ref component.NonZero[_isProgressive ? place : 0]);
                }
            }
        }
    }

    private static int DivideUp(int value, int divisor) => (value + divisor - 1) / divisor;
}
