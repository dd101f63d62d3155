using Convoy.Backends.Winograd;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>convolution_shape of convolution.cl, field for field; all counts are floats unless said otherwise there.</summary>
internal struct ConvolutionShape
{
    public int ImagePixels;
    public int RowPixels;
    public int ImageFloats;
    public int RowFloats;
    public int ColumnFloats;
    public int KernelRows;
    public int Runs;
    public int RunLength;
    public int KernelRowFloats;
    public int RunFloats;
    public int GroupChannels;
    public int GroupFilters;
    public int Filters;

    /// <summary>A convolution over an input padded to these extents.</summary>
    public static ConvolutionShape Of(Convolution2D layer, Shape padded, Shape output)
    {
        int channels = padded.Channels;
        int groupChannels = channels / layer.Groups;

        // Undilated and ungrouped, a kernel row's inputs lie side by side: one run instead of one for each column.
        bool isContiguous = layer.Groups == 1 && layer.Dilation.Width == 1;
        return new ConvolutionShape
        {
            ImagePixels = output.Height * output.Width,
            RowPixels = output.Width,
            ImageFloats = checked((int)padded.Count),
            RowFloats = layer.Stride.Height * padded.Width * channels,
            ColumnFloats = layer.Stride.Width * channels,
            KernelRows = layer.Kernel.Height,
            Runs = isContiguous ? 1 : layer.Kernel.Width,
            RunLength = isContiguous ? layer.Kernel.Width * channels : groupChannels,
            KernelRowFloats = layer.Dilation.Height * padded.Width * channels,
            RunFloats = layer.Dilation.Width * channels,
            GroupChannels = groupChannels,
            GroupFilters = layer.Filters / layer.Groups,
            Filters = layer.Filters,
        };
    }

    /// <summary>A fully connected layer: an image is one pixel whose single run is all of it.</summary>
    public static ConvolutionShape Of(FullyConnected layer, Shape input) => new()
    {
        ImagePixels = 1,
        RowPixels = 1,
        ImageFloats = checked((int)input.Count),
        KernelRows = 1,
        Runs = 1,
        RunLength = checked((int)input.Count),
        GroupFilters = layer.Features,
        Filters = layer.Features,
    };

    /// <summary>The GEMMs of Winograd convolution: a tile is one pixel whose single run is its channels at a point.</summary>
    public static ConvolutionShape Of(WinogradGeometry geometry) => new()
    {
        ImagePixels = 1,
        RowPixels = 1,
        ImageFloats = geometry.Channels,
        KernelRows = 1,
        Runs = 1,
        RunLength = geometry.Channels / geometry.Groups,
        GroupChannels = geometry.Channels / geometry.Groups,
        GroupFilters = geometry.Filters / geometry.Groups,
        Filters = geometry.Filters,
    };
}
