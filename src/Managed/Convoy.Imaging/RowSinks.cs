namespace Convoy.Imaging;

/// <summary>Takes a crop's rows as they are made.</summary>
internal interface IRowSink
{
    /// <summary>Takes row <paramref name="row"/> of the crop: RGBA, four bytes a pixel.</summary>
    void Write(int row, ReadOnlySpan<byte> rgba);
}

/// <summary>Where the channels of a <see cref="ChannelOrder"/> lie in an RGBA pixel.</summary>
internal static class ChannelOrderExtensions
{
    /// <summary>The byte of an RGBA pixel that is channel <paramref name="channel"/>; luma is in all three.</summary>
    public static int ByteOf(this ChannelOrder order, int channel) => order == ChannelOrder.Bgr ? 2 - channel : channel;
}

/// <summary>Normalises bytes through a table and scatters them into planes (channel, row, column).</summary>
internal readonly ref struct PlanarSink(Span<float> image, CropWindow window, ChannelOrder order, ReadOnlySpan<float> table) : IRowSink
{
    private readonly Span<float> _image = image;
    private readonly ReadOnlySpan<float> _table = table;

    public void Write(int row, ReadOnlySpan<byte> rgba)
    {
        int channels = _table.Length / 256;
        int planeSize = _image.Length / channels;
        for (int channel = 0; channel < channels; channel++)
        {
            Span<float> plane = _image.Slice(channel * planeSize, planeSize);
            ReadOnlySpan<float> values = _table.Slice(channel * 256, 256);
            int position = window.Offset + (row * window.RowStep);
            for (int i = order.ByteOf(channel); i < rgba.Length; i += 4)
            {
                plane[position] = values[rgba[i]];
                position += window.ColumnStep;
            }
        }
    }
}

/// <summary>Scatters bytes as they are into pixels (row, column, channel).</summary>
internal readonly ref struct InterleavedSink(Span<byte> image, CropWindow window, ChannelOrder order, int channels) : IRowSink
{
    private readonly Span<byte> _image = image;

    public void Write(int row, ReadOnlySpan<byte> rgba)
    {
        int position = window.Offset + (row * window.RowStep);
        for (int i = 0; i < rgba.Length; i += 4)
        {
            Span<byte> pixel = _image.Slice(position * channels, channels);
            for (int channel = 0; channel < channels; channel++)
            {
                pixel[channel] = rgba[i + order.ByteOf(channel)];
            }

            position += window.ColumnStep;
        }
    }
}
