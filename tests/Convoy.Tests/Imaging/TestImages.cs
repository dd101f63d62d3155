using System.Buffers.Binary;
using SkiaSharp;

namespace Convoy.Tests.Imaging;

/// <summary>Pictures made for a test, encoded in every format that Convoy reads.</summary>
internal static class TestImages
{
    /// <summary>A progressive JPEG of 40 x 30 pixels, which SkiaSharp cannot write.</summary>
    public static readonly byte[] ProgressiveJpeg = Convert.FromBase64String(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/" +
        "2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wgARCAAeACgDASIAAhEBAxEB/8QA" +
        "GQAAAwEBAQAAAAAAAAAAAAAAAAMFBAIB/8QAGQEAAgMBAAAAAAAAAAAAAAAAAQIABAUD/9oADAMBAAIQAxAAAAGNWnViqdSXpaziDpkorR680OefVocg4sp/" +
        "/8QAHBAAAgIDAQEAAAAAAAAAAAAAAAECAxEhMxIj/9oACAEBAAEFAoopKucTO4opRVH5p+SuW4opKudgucSgg8VPclz/AP/EAB0RAAIBBAMAAAAAAAAAAAAA" +
        "AAACAQMEEjERIXH/2gAIAQMBAT8BfRG5Ljmo+Q69FxOK+lI//8QAHxEAAgEDBQEAAAAAAAAAAAAAAAIDAREhBBIiMjNh/9oACAECAQE/AZY62wZVuY7rTqTa" +
        "j4ejZI4d17VP/8QAGRAAAgMBAAAAAAAAAAAAAAAAAAECEHED/9oACAEBAAY/AqlhzOauWECDdyw5oWO2QFjP/8QAIhAAAgIBAwQDAAAAAAAAAAAAAAERIbFB" +
        "ocEQUWGBcZHw/9oACAEBAAE/IbhbUm84Fy4PTzOxcTtGsa8ECsxPBL5Ru/guEtQb7gf3TwJ+/QWxLRN4mo+xrXdrHQ3/2gAMAwEAAgADAAAAECSD6MMf/8QA" +
        "HxEAAgECBwAAAAAAAAAAAAAAAREAIUEQUXGRobHw/9oACAEDAQE/EAkAzXox4mezOBKdXEcVlIPrmf/EACERAQACAQEJAAAAAAAAAAAAAAEAESHhMUFRYXGB" +
        "ocHx/9oACAECAQE/ECYMxFJo91yuUhl2eLBSsXrpLUNy3xrE2B9Z/8QAIhABAAIBAwMFAAAAAAAAAAAAAQARITFh8EFxwVGBkbHh/9oACAEBAAE/EMSV6AhM" +
        "XFS1chItLO78fcwJQLnozZ3QLCBanulkwG44B4TAlegYHJxUpBrNvY4+IOAz4EEEsl1LMd9nmI5aC2CDxehP/9k=");

    public static byte[] Png(int width, int height, Func<int, int, SKColor> pixel)
    {
        using SKBitmap bitmap = Draw(width, height, pixel);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    public static byte[] Jpeg(int width, int height, Func<int, int, SKColor> pixel, int quality = 100)
    {
        using SKBitmap bitmap = Draw(width, height, pixel);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality);
        return data.ToArray();
    }

    public static byte[] Webp(int width, int height, Func<int, int, SKColor> pixel, bool lossless = true)
    {
        using SKBitmap bitmap = Draw(width, height, pixel);
        using SKPixmap pixmap = bitmap.PeekPixels();
        var compression = lossless ? SKWebpEncoderCompression.Lossless : SKWebpEncoderCompression.Lossy;
        using SKData data = pixmap.Encode(new SKWebpEncoderOptions(compression, 90))!;
        return data.ToArray();
    }

    /// <summary>A BMP of 24 bits a pixel, bottom row first.</summary>
    public static byte[] Bmp(int width, int height, Func<int, int, SKColor> pixel)
    {
        const int HeaderBytes = 54;
        int pitch = ((width * 3) + 3) & ~3;
        byte[] file = new byte[HeaderBytes + (pitch * height)];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), HeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 24);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                SKColor color = pixel(x, y);
                int at = HeaderBytes + ((height - 1 - y) * pitch) + (x * 3);
                (file[at], file[at + 1], file[at + 2]) = (color.Blue, color.Green, color.Red);
            }
        }

        return file;
    }

    /// <summary>Every encoding of one picture, by name.</summary>
    public static IEnumerable<(string Name, byte[] File)> AllFormats(int width, int height, Func<int, int, SKColor> pixel)
    {
        yield return ("JPEG", Jpeg(width, height, pixel));
        yield return ("PNG", Png(width, height, pixel));
        yield return ("lossless WebP", Webp(width, height, pixel));
        yield return ("lossy WebP", Webp(width, height, pixel, lossless: false));
        yield return ("BMP", Bmp(width, height, pixel));
    }

    /// <summary>Noise that is the same for the same seed.</summary>
    public static Func<int, int, SKColor> Noise(int width, int height, int seed)
    {
        byte[] bytes = new byte[width * height * 3];
        new Random(seed).NextBytes(bytes);
        return (x, y) =>
        {
            ReadOnlySpan<byte> rgb = bytes.AsSpan(((y * width) + x) * 3, 3);
            return new SKColor(rgb[0], rgb[1], rgb[2]);
        };
    }

    /// <summary>A picture without edges, which lossy formats keep well.</summary>
    public static SKColor Smooth(int x, int y) => new((byte)(40 + (x / 3)), (byte)(200 - (y / 3)), (byte)(60 + ((x + y) / 6)));

    /// <summary>Puts an EXIF orientation into a JPEG file, right after its start-of-image marker.</summary>
    public static byte[] JpegWithOrientation(byte[] jpeg, int orientation)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. ExifOrientation(orientation)];
        return [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];
    }

    /// <summary>Puts an eXIf chunk into a PNG file, right after its header.</summary>
    public static byte[] PngWithOrientation(byte[] png, int orientation) => WithChunk(png, "eXIf"u8, ExifOrientation(orientation));

    /// <summary>Puts a chunk into a PNG file, right after its header.</summary>
    public static byte[] WithChunk(byte[] png, ReadOnlySpan<byte> type, byte[] data)
    {
        const int HeaderEnd = 8 + 25;
        return [.. png[..HeaderEnd], .. PngChunk(type, data), .. png[HeaderEnd..]];
    }

    /// <summary>A PNG file whose header declares a size, with next to nothing behind it.</summary>
    public static byte[] PngHeader(int width, int height)
    {
        byte[] header = [0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        return [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. PngChunk("IHDR"u8, header), .. PngChunk("IDAT"u8, [0x78, 0x9C, 0x03, 0, 0, 0, 0, 1])];
    }

    private static byte[] ExifOrientation(int orientation) =>
        [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0];

    private static byte[] PngChunk(ReadOnlySpan<byte> type, byte[] data)
    {
        byte[] chunk = [0, 0, 0, (byte)data.Length, .. type, .. data, 0, 0, 0, 0];
        uint crc = uint.MaxValue;
        foreach (byte value in chunk.AsSpan(4, 4 + data.Length))
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
            }
        }

        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), ~crc);
        return chunk;
    }

    private static SKBitmap Draw(int width, int height, Func<int, int, SKColor> pixel)
    {
        var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        Span<byte> bytes = bitmap.GetPixelSpan();
        for (int i = 0; i < width * height; i++)
        {
            SKColor color = pixel(i % width, i / width);
            (bytes[4 * i], bytes[(4 * i) + 1], bytes[(4 * i) + 2], bytes[(4 * i) + 3]) = (color.Red, color.Green, color.Blue, color.Alpha);
        }

        return bitmap;
    }
}
