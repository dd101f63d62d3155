using System.Buffers.Binary;
using System.IO.Compression;
using Convoy.Files;

namespace Convoy.Imaging;

/// <summary>
/// Reads the IDX format of MNIST (Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits"): a magic
/// number, one big-endian 32-bit size a dimension, then bytes. Gzip is recognised by its first two bytes, not by the name.
/// </summary>
/// <remarks>
/// Memory grows with the bytes that are really there, never on the header's word alone, and no file may declare more than
/// <see cref="MaxBytes"/>.
/// </remarks>
public static class IdxFile
{
    /// <summary>The most data bytes a file may declare: 1 GiB.</summary>
    public const long MaxBytes = 1L << 30;

    // What is zipped may take a little more than what it holds, and so does a header.
    private const long MaxFileBytes = MaxBytes + (1 << 20);

    private const uint ImagesMagic = 0x00000803;
    private const uint LabelsMagic = 0x00000801;
    private const int FirstAllocation = 1 << 20;

    /// <summary>Reads a file of images: bytes in three dimensions, gzipped or not.</summary>
    /// <exception cref="DatasetException">The file cannot be read or is not exactly what its header declares.</exception>
    public static IdxImages ReadImages(string path) => ReadFile(path, ReadImages);

    /// <summary>Reads images from a seekable stream, from its position to its end; errors call it <paramref name="name"/>.</summary>
    /// <exception cref="DatasetException">The data cannot be read or is not exactly what its header declares.</exception>
    public static IdxImages ReadImages(Stream stream, string name)
    {
        Span<uint> sizes = stackalloc uint[3];
        byte[] pixels = Read(stream, name, ImagesMagic, "images", sizes);
        return new IdxImages(pixels, (int)sizes[0], (int)sizes[1], (int)sizes[2]);
    }

    /// <summary>Reads a file of labels: bytes in one dimension, gzipped or not.</summary>
    /// <exception cref="DatasetException">The file cannot be read or is not exactly what its header declares.</exception>
    public static byte[] ReadLabels(string path) => ReadFile(path, ReadLabels);

    /// <summary>Reads labels from a seekable stream, from its position to its end; errors call it <paramref name="name"/>.</summary>
    /// <exception cref="DatasetException">The data cannot be read or is not exactly what its header declares.</exception>
    public static byte[] ReadLabels(Stream stream, string name)
    {
        Span<uint> sizes = stackalloc uint[1];
        return Read(stream, name, LabelsMagic, "labels", sizes);
    }

    private static T ReadFile<T>(string path, Func<Stream, string, T> read)
    {
        try
        {
            using FileStream stream = RegularFile.Open(path, MaxFileBytes);
            return read(stream, path);
        }
        catch (Exception exception) when (FileProblem.IsExpected(exception))
        {
            throw new DatasetException(FileProblem.Describe(path, exception), exception);
        }
    }

    private static byte[] Read(Stream stream, string name, uint magic, string kind, Span<uint> sizes)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanSeek)
        {
            throw new ArgumentException("The stream must be seekable.", nameof(stream));
        }

        long begin = stream.Position;
        bool gzipped = stream.ReadByte() == 0x1F && stream.ReadByte() == 0x8B;
        stream.Position = begin;
        try
        {
            using Stream? unzipped = gzipped ? new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true) : null;
            Stream content = unzipped ?? stream;
            ReadHeader(content, name, magic, kind, sizes);
            return ReadData(content, name, kind, sizes);
        }
        catch (InvalidDataException exception)
        {
            throw new DatasetException($"{name} is a damaged or cut short gzip file; download it again.", exception);
        }
    }

    private static void ReadHeader(Stream content, string name, uint magic, string kind, Span<uint> sizes)
    {
        Span<byte> header = stackalloc byte[4 + (4 * sizes.Length)];
        int length = content.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        uint found = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (length >= 4 && found != magic)
        {
            string what = found switch
            {
                ImagesMagic => " (a file of images)",
                LabelsMagic => " (a file of labels)",
                _ => "",
            };
            throw new DatasetException($"{name} begins with 0x{found:X8}{what}, not with 0x{magic:X8} as an IDX file of {kind} does; check which file is meant.");
        }

        if (length < header.Length)
        {
            throw new DatasetException($"{name} ends after {length} of the {header.Length} bytes of an IDX header; download it again.");
        }

        for (int i = 0; i < sizes.Length; i++)
        {
            sizes[i] = BinaryPrimitives.ReadUInt32BigEndian(header[(4 + (4 * i))..]);
        }
    }

    private static byte[] ReadData(Stream content, string name, string kind, ReadOnlySpan<uint> sizes)
    {
        // Three 32-bit sizes can overflow 64 bits, hence 128.
        UInt128 declared = 1;
        foreach (uint size in sizes)
        {
            declared *= size;
        }

        string pixels = sizes.Length == 3 ? FormattableString.Invariant($" of {sizes[1]} x {sizes[2]} pixels") : "";
        string declaration = FormattableString.Invariant($"{name} declares {sizes[0]:N0} {kind}{pixels}");
        if (declared == 0)
        {
            throw new DatasetException($"{declaration}, which is nothing at all; check which file is meant.");
        }

        if (declared > (UInt128)MaxBytes)
        {
            throw new DatasetException($"{declaration}, over the limit of 1 GiB; the header is damaged or the file is not meant for this.");
        }

        int total = (int)declared;
        byte[] data = new byte[Math.Min(total, FirstAllocation)];
        int length = 0;
        while (true)
        {
            length += content.ReadAtLeast(data.AsSpan(length), data.Length - length, throwOnEndOfStream: false);
            if (length < data.Length)
            {
                double held = (double)length * sizes[0] / total;
                throw new DatasetException(FormattableString.Invariant($"{declaration} but ends after {held:#,0.##} of them; download it again."));
            }

            if (length == total)
            {
                break;
            }

            Array.Resize(ref data, (int)Math.Min(total, 2L * data.Length));
        }

        if (content.ReadByte() >= 0)
        {
            throw new DatasetException($"{declaration} but goes on after them; the header is damaged or something was appended.");
        }

        return data;
    }
}
