namespace Convoy.Imaging;

/// <summary>Takes a crop's rows as they are made.</summary>
internal interface IRowSink
{
    /// <summary>Learns where in the image the crop lies, and makes the rest background. Called once, before any row.</summary>
    void Begin(in CropWindow window);

    /// <summary>Takes row <paramref name="row"/> of the crop: RGBA, four bytes a pixel.</summary>
    void Write(int row, ReadOnlySpan<byte> rgba);
}

/// <summary>Where the channels of a <see cref="ChannelOrder"/> lie in an RGBA pixel.</summary>
internal static class ChannelOrderExtensions
{
    /// <summary>The byte of an RGBA pixel that is channel <paramref name="channel"/>; luma is in all three.</summary>
    public static int ByteOf(this ChannelOrder order, int channel) => order switch
    {
        ChannelOrder.Rgb or ChannelOrder.Grey => channel,
        ChannelOrder.Bgr => 2 - channel,
        _ => throw Unknown(order),
    };

    /// <summary>How many channels there are: 3, or 1 for grey.</summary>
    public static int Channels(this ChannelOrder order) => order switch
    {
        ChannelOrder.Rgb or ChannelOrder.Bgr => 3,
        ChannelOrder.Grey => 1,
        _ => throw Unknown(order),
    };

    /// <summary>The refusal of a value that is none of the enumeration's.</summary>
    public static ArgumentOutOfRangeException Unknown(ChannelOrder order) =>
        new(nameof(order), order, "There is no such order of channels; use Rgb, Bgr or Grey.");
}

/// <summary>
/// Normalises bytes through a table and scatters them into planes (channel, row, column). The bits of <paramref name="flip"/>
/// are flipped first: all of them take a byte v to 255 - v.
/// </summary>
internal ref struct PlanarSink(Span<float> image, ChannelOrder order, ReadOnlySpan<float> table, byte flip) : IRowSink
{
    private readonly Span<float> _image = image;
    private readonly ReadOnlySpan<float> _table = table;
    private CropWindow _window;

    public void Begin(in CropWindow window)
    {
        _window = window;
        int channels = _table.Length / 256;
        int planeSize = _image.Length / channels;
        if (window.Fills(planeSize))
        {
            return;
        }

        for (int channel = 0; channel < channels; channel++)
        {
            _image.Slice(channel * planeSize, planeSize).Fill(_table[channel * 256]);
        }
    }

    public readonly void Write(int row, ReadOnlySpan<byte> rgba)
    {
        int channels = _table.Length / 256;
        int planeSize = _image.Length / channels;
        for (int channel = 0; channel < channels; channel++)
        {
            Span<float> plane = _image.Slice(channel * planeSize, planeSize);
            ReadOnlySpan<float> values = _table.Slice(channel * 256, 256);
            int position = _window.Offset + (row * _window.RowStep);
            for (int i = order.ByteOf(channel); i < rgba.Length; i += 4)
            {
                plane[position] = values[rgba[i] ^ flip];
                position += _window.ColumnStep;
            }
        }
    }
}

/// <summary>Scatters bytes into pixels (row, column, channel), with the bits of <paramref name="flip"/> flipped.</summary>
internal ref struct InterleavedSink(Span<byte> image, ChannelOrder order, int channels, byte flip) : IRowSink
{
    private readonly Span<byte> _image = image;
    private CropWindow _window;

    public void Begin(in CropWindow window)
    {
        _window = window;
        if (!window.Fills(_image.Length / channels))
        {
            _image.Clear();
        }
    }

    public readonly void Write(int row, ReadOnlySpan<byte> rgba)
    {
        int position = _window.Offset + (row * _window.RowStep);
        for (int i = 0; i < rgba.Length; i += 4)
        {
            Span<byte> pixel = _image.Slice(position * channels, channels);
            for (int channel = 0; channel < channels; channel++)
            {
                pixel[channel] = (byte)(rgba[i + order.ByteOf(channel)] ^ flip);
            }

            position += _window.ColumnStep;
        }
    }
}
