using System.Buffers;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace Convoy.Imaging;

/// <summary>
/// A picture as its file stores it: RGBA rows without gaps, alpha not multiplied in, colour profiles not applied, not yet
/// turned by its EXIF orientation. Small pictures use pooled memory, large ones memory that is freed at once.
/// </summary>
internal readonly unsafe ref struct DecodedImage : IDisposable
{
    private const string Jpeg = "JPEG";
    private const int LargestPooled = 1 << 26;

    // Several times as many as encoders write. Each goes over all of the picture, however few bytes it has.
    private const int MostScans = 100;

    private readonly byte[]? _rented;
    private readonly void* _native;

    private DecodedImage(SKImageInfo info, SKEncodedOrigin origin)
    {
        Width = info.Width;
        Height = info.Height;
        Origin = origin;
        if (info.BytesSize <= LargestPooled)
        {
            _rented = ArrayPool<byte>.Shared.Rent(info.BytesSize);
            Pixels = _rented.AsSpan(0, info.BytesSize);
        }
        else
        {
            _native = NativeMemory.Alloc((nuint)info.BytesSize);
            Pixels = new Span<byte>(_native, info.BytesSize);
        }
    }

    public Span<byte> Pixels { get; }

    public int Width { get; }

    public int Height { get; }

    public SKEncodedOrigin Origin { get; }

    /// <summary>Decodes a whole JPEG, PNG, BMP or WebP file.</summary>
    /// <exception cref="ImageException">The bytes are no such image, are damaged, or declare too many pixels.</exception>
    public static DecodedImage Decode(ReadOnlySpan<byte> encoded, string name, long maxPixels)
    {
        string format = NameFormat(encoded, name);
        int scans = 0;
        bool isDoubtful = false;
        bool isCut = format == Jpeg && !JpegMarkers.ReachEnd(encoded, out scans, out isDoubtful);
        if (scans > MostScans)
        {
            throw new ImageException(FormattableString.Invariant(
                $"{name} is a JPEG image of {scans:N0} scans, over the limit of {MostScans}; save it anew as an ordinary one."));
        }

        if (isCut || isDoubtful)
        {
            isCut = true;
            if (JpegScans.FindEnd(encoded, maxPixels) is { } end)
            {
                // Every pixel is there: phones write what they like behind a picture, and optimisers cut the marker off.
                encoded = (byte[])[.. encoded[..end], JpegMarkers.Prefix, JpegMarkers.EndOfImage];
                isCut = false;
            }
        }

        fixed (byte* bytes = encoded)
        {
            using SKData data = SKData.Create((nint)bytes, encoded.Length);
            using var stream = new SKMemoryStream(data);
            using SKCodec? codec = SKCodec.Create(stream, out SKCodecResult result);
            if (codec is null)
            {
                throw new ImageException(result == SKCodecResult.Unimplemented
                    ? $"{name} is a {format} image of a kind that is not supported; save it anew as an ordinary one."
                    : $"{name} is a {format} image whose header is damaged or cut short; copy or download it again.");
            }

            var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul);
            if ((long)info.Width * info.Height > maxPixels)
            {
                throw new ImageException(FormattableString.Invariant(
                    $"{name} declares {info.Width} x {info.Height} pixels, over the limit of {maxPixels / 1e6:0.######} megapixels; shrink it first."));
            }

            SKEncodedOrigin origin = codec.EncodedFormat == SKEncodedImageFormat.Png ? PngExif.ReadOrigin(encoded) : codec.EncodedOrigin;
            var image = new DecodedImage(info, origin);
            fixed (byte* pixels = image.Pixels)
            {
                result = codec.GetPixels(info, (nint)pixels);
            }

            if (result == SKCodecResult.Success && isCut)
            {
                result = SKCodecResult.IncompleteInput;
            }

            if (result == SKCodecResult.Success)
            {
                return image;
            }

            image.Dispose();
            throw new ImageException(result == SKCodecResult.IncompleteInput
                ? FormattableString.Invariant($"{name} is cut short: its {encoded.Length:N0} bytes hold only a part of a {format} image of {info.Width} x {info.Height} pixels; copy or download it again.")
                : $"{name} is a damaged {format} image ({result}); copy or download it again.");
        }
    }

    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }

        NativeMemory.Free(_native);
    }

    /// <summary>Goes by the first bytes, so that the codec library's other formats are not opened to whoever supplies a file.</summary>
    private static string NameFormat(ReadOnlySpan<byte> encoded, string name)
    {
        if (encoded.IsEmpty)
        {
            throw new ImageException($"{name} is empty; copy or download it again.");
        }

        return encoded switch
        {
            [0xFF, 0xD8, 0xFF, ..] => Jpeg,
            [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => "PNG",
            [(byte)'B', (byte)'M', ..] => "BMP",
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "WebP",
            _ => throw new ImageException($"{name} is not a JPEG, PNG, BMP or WebP image; convert it to one of them."),
        };
    }
}
