using System.Buffers;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace Convoy.Imaging;

/// <summary>
/// Turns JPEG, PNG, BMP and WebP files into a network's input: decodes, turns by the EXIF orientation, resizes, crops and
/// normalises, straight into the caller's memory. Safe to use from many threads at once; scratch memory is pooled.
/// </summary>
/// <remarks>
/// <para>Grey pictures fill all three channels. Alpha is dropped, not blended, and colour profiles are not applied: both as
/// Pillow's <c>convert("RGB")</c> does. Bytes are resampled as Pillow's bilinear resize does, to the bit (the two passes are
/// swapped, and may differ by 1, only for pictures that EXIF turns by a quarter).</para>
/// <para>Whatever is wrong with a file ends in an <see cref="ImageException"/>; a picture that is only partly there is an
/// error, not a picture with a grey rest. What an image's slot holds after an error is unspecified.</para>
/// </remarks>
public sealed class ImageDecoder
{
    /// <summary>The default of <see cref="MaxPixels"/>: 100 megapixels, 400 MB decoded.</summary>
    public const long DefaultMaxPixels = 100_000_000;

    /// <summary>The default of <see cref="MaxFileBytes"/>: 256 MiB.</summary>
    public const long DefaultMaxFileBytes = 256L << 20;

    // Below it are the traces of colour that compression leaves in grey pictures.
    private const double ShareOfColour = 0.01;

    private readonly ImagePreset _preset;
    private readonly int _channels;
    private readonly int _height;
    private readonly int _width;
    private readonly float[] _table;
    private readonly byte _flip;
    private volatile bool _hasDroppedColour;
    private readonly long _maxPixels = DefaultMaxPixels;
    private readonly long _maxFileBytes = DefaultMaxFileBytes;

    /// <summary>Prepares to decode for an input of <paramref name="channels"/> x <paramref name="height"/> x <paramref name="width"/>.</summary>
    /// <exception cref="ConvoyException">The preset yields another number of channels, or does not fit itself.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The height or width is not positive.</exception>
    public ImageDecoder(ImagePreset preset, int channels, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(preset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        if (preset.Channels != channels)
        {
            string fitting = string.Join(" or ", ImagePreset.All.Where(other => other.Channels == channels).Select(other => other.Name));
            throw new ConvoyException(
                $"The preset {preset.Name} yields {preset.Channels} channels ({preset.Order}) but the network's input has {channels}; " +
                (fitting.Length > 0 ? $"use {fitting}." : "no named preset yields that many."));
        }

        if (preset.Mean.IsDefault || preset.Deviation.IsDefault || preset.Mean.Length != channels || preset.Deviation.Length != channels
            || preset.Deviation.Any(deviation => !(deviation > 0)) || preset.ResizeShortSide < 0 || preset.ContentSide < 0)
        {
            throw new ConvoyException(
                $"The preset {preset.Name} needs {channels} means and {channels} positive deviations, and sizes that are not negative.");
        }

        _preset = preset;
        _channels = channels;
        _height = height;
        _width = width;
        ImageLength = checked(channels * height * width);
        _table = preset.BuildTable();
        _flip = preset.Invert ? byte.MaxValue : byte.MinValue;
    }

    /// <summary>The elements of one image: channels x height x width.</summary>
    public int ImageLength { get; }

    /// <summary>
    /// Whether a picture in colour has been decoded so far by a preset that reads grey, which drops its colours: more than one
    /// pixel in a hundred is clearly not grey.
    /// </summary>
    public bool HasDroppedColour => _hasDroppedColour;

    /// <summary>The most pixels a file may declare.</summary>
    public long MaxPixels
    {
        get => _maxPixels;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Array.MaxLength / 4);
            _maxPixels = value;
        }
    }

    /// <summary>The most bytes a file may have.</summary>
    public long MaxFileBytes
    {
        get => _maxFileBytes;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1 << 30);
            _maxFileBytes = value;
        }
    }

    /// <summary>Decodes a file into <paramref name="image"/>: normalised, (channel, row, column).</summary>
    /// <exception cref="ImageException">The file cannot be read, or is not an image that can be decoded whole.</exception>
    /// <exception cref="ArgumentException">The span's length is not <see cref="ImageLength"/>.</exception>
    public void Decode(string path, Span<float> image)
    {
        CheckLength(image.Length, nameof(image));
        using var file = new FileBytes(path, _maxFileBytes);
        Decode(file.Bytes, path, image);
    }

    /// <summary>Decodes a file's bytes into <paramref name="image"/>: normalised, (channel, row, column).</summary>
    /// <param name="encoded">The whole file.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="image">Receives <see cref="ImageLength"/> values.</param>
    /// <exception cref="ImageException">The bytes are not an image that can be decoded whole.</exception>
    /// <exception cref="ArgumentException">The span's length is not <see cref="ImageLength"/>.</exception>
    public void Decode(ReadOnlySpan<byte> encoded, string name, Span<float> image)
    {
        CheckLength(image.Length, nameof(image));
        var sink = new PlanarSink(image, _preset.Order, _table, _flip);
        Decode(encoded, name, ref sink);
    }

    /// <summary>Decodes a file into <paramref name="image"/>: bytes that are not normalised, (row, column, channel).</summary>
    /// <exception cref="ImageException">The file cannot be read, or is not an image that can be decoded whole.</exception>
    /// <exception cref="ArgumentException">The span's length is not <see cref="ImageLength"/>.</exception>
    public void DecodeBytes(string path, Span<byte> image)
    {
        CheckLength(image.Length, nameof(image));
        using var file = new FileBytes(path, _maxFileBytes);
        DecodeBytes(file.Bytes, path, image);
    }

    /// <summary>Decodes a file's bytes into <paramref name="image"/>: bytes that are not normalised, (row, column, channel).</summary>
    /// <param name="encoded">The whole file.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="image">Receives <see cref="ImageLength"/> bytes in the preset's channel order.</param>
    /// <exception cref="ImageException">The bytes are not an image that can be decoded whole.</exception>
    /// <exception cref="ArgumentException">The span's length is not <see cref="ImageLength"/>.</exception>
    public void DecodeBytes(ReadOnlySpan<byte> encoded, string name, Span<byte> image)
    {
        CheckLength(image.Length, nameof(image));
        var sink = new InterleavedSink(image, _preset.Order, _channels, _flip);
        Decode(encoded, name, ref sink);
    }

    /// <summary>
    /// Decodes files side by side on several threads: the i-th into the i-th <see cref="ImageLength"/> values of
    /// <paramref name="batch"/>. A file that cannot be decoded leaves zeros there and its error in the returned array.
    /// </summary>
    /// <param name="paths">The files.</param>
    /// <param name="batch">Receives (image, channel, row, column); its length is that of all the images.</param>
    /// <param name="options">The number of threads and a cancellation token; every core where there are none.</param>
    /// <returns>One entry a file: its error, or null.</returns>
    /// <exception cref="ArgumentException">The batch's length is not that of all the images.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ImageException?[] DecodeBatch(IReadOnlyList<string> paths, Memory<float> batch, ParallelOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (batch.Length != (long)paths.Count * ImageLength)
        {
            throw new ArgumentException($"The batch holds {batch.Length} values but {paths.Count} images of {ImageLength} are asked for.", nameof(batch));
        }

        var errors = new ImageException?[paths.Count];
        Parallel.For(0, paths.Count, options ?? new ParallelOptions(), i =>
        {
            Span<float> image = batch.Span.Slice(i * ImageLength, ImageLength);
            try
            {
                Decode(paths[i], image);
            }
            catch (ImageException error)
            {
                image.Clear();
                errors[i] = error;
            }
        });
        return errors;
    }

    /// <summary>Decodes a picture that is at hand as grey bytes, row by row, and upright.</summary>
    internal void DecodeGrey(ReadOnlySpan<byte> pixels, int width, int height, Span<float> image)
    {
        CheckLength(image.Length, nameof(image));
        uint[] rgba = ArrayPool<uint>.Shared.Rent(pixels.Length);
        for (int i = 0; i < pixels.Length; i++)
        {
            rgba[i] = pixels[i] * 0x01010101u;
        }

        var sink = new PlanarSink(image, _preset.Order, _table, _flip);
        Resample(MemoryMarshal.AsBytes(rgba.AsSpan(0, pixels.Length)), width, height, SKEncodedOrigin.TopLeft, ref sink);
        ArrayPool<uint>.Shared.Return(rgba);
    }

    private void Decode<TSink>(ReadOnlySpan<byte> encoded, string name, ref TSink sink)
        where TSink : IRowSink, allows ref struct
    {
        try
        {
            using DecodedImage decoded = DecodedImage.Decode(encoded, name, _maxPixels);
            long coloured = Resample(decoded.Pixels, decoded.Width, decoded.Height, decoded.Origin, ref sink);
            if (coloured > (long)decoded.Width * decoded.Height * ShareOfColour)
            {
                _hasDroppedColour = true;
            }
        }
        catch (Exception exception) when (IsOutsideFailure(exception))
        {
            throw OutsideFailure(name, exception);
        }
    }

    private long Resample<TSink>(Span<byte> pixels, int width, int height, SKEncodedOrigin origin, ref TSink sink)
        where TSink : IRowSink, allows ref struct
    {
        var window = CropWindow.Plan(_preset, width, height, origin, _height, _width);
        using var columns = new AxisFilter(window.Columns);
        using var rows = new AxisFilter(window.Rows);
        sink.Begin(window);
        return Resampler.Resample(pixels, width, columns, rows, toGrey: _channels == 1, ref sink);
    }

    private void CheckLength(int length, string parameter)
    {
        if (length != ImageLength)
        {
            throw new ArgumentException(
                $"The span holds {length} values but an image of {_channels} x {_height} x {_width} has {ImageLength}.", parameter);
        }
    }

    // Not the file's fault: no memory for it, or no codec library (the runtime reports that in two ways).
    private static bool IsOutsideFailure(Exception exception) =>
        exception is OutOfMemoryException or DllNotFoundException or TypeInitializationException;

    private static ImageException OutsideFailure(string name, Exception exception) => new(
        exception is OutOfMemoryException
            ? $"{name} needs more memory than there is; shrink it first."
            : $"{name} cannot be decoded because SkiaSharp's native library does not load ({exception.GetBaseException().Message}); install the SkiaSharp.NativeAssets package for this system.",
        exception);
}
