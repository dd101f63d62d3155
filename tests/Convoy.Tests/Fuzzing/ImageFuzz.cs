using System.Buffers.Binary;
using System.IO.Hashing;
using Convoy.Imaging;
using Convoy.Tests.Imaging;

namespace Convoy.Tests.Fuzzing;

/// <summary>
/// Pictures of every format, with EXIF orientations and without. Seeds of cases hold where the same pictures are at hand: the PNG
/// suite is, where shared/data is.
/// </summary>
public sealed class ImageFuzz : ReaderFuzz
{
    private const int Side = 16;
    private const int MostPixels = 1_000_000;
    private const int PngSignature = 8;
    private const int ChunkOverhead = 12;

    private static readonly byte[] Jpeg = TestImages.Jpeg(24, 17, TestImages.Smooth);
    private static readonly byte[] Png = TestImages.Png(24, 17, TestImages.Smooth);

    private readonly ImageDecoder[] _decoders =
        [new(ImagePreset.ImageNet, 3, Side, Side) { MaxPixels = MostPixels }, new(ImagePreset.Mnist, 1, Side, Side) { MaxPixels = MostPixels }];

    /// <inheritdoc/>
    public override double Weight => 2;

    private protected override int ShortCases => 2500;

    // What a picture may declare, decoded; four times it is decoded.
    private protected override long AllocatedAlways => 4 * 4 * MostPixels;

    private protected override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. TestImages.AllFormats(24, 17, TestImages.Smooth).Select(each => each.File),
        .. TestImages.AllFormats(9, 11, TestImages.Noise(9, 11, 1)).Select(each => each.File),
        TestImages.ProgressiveJpeg,
        .. Enumerable.Range(1, 8).SelectMany(turn => (byte[][])[TestImages.JpegWithOrientation(Jpeg, turn), TestImages.PngWithOrientation(Png, turn)]),
        .. PngSuite(),
    ];

    private protected override byte[] Make(Random random)
    {
        byte[] file = base.Make(random);

        // Half of the damaged PNGs have checksums that are right again, or nothing behind them would be reached.
        return random.Next(2) == 0 ? WithChecksums(file) : file;
    }

    private protected override void Check(byte[] fuzzCase)
    {
        foreach (ImageDecoder decoder in _decoders)
        {
            float[] numbers = new float[decoder.ImageLength];
            Array.Fill(numbers, float.NaN);
            bool isRead = Sentence.ReadOrRefuse<ImageException>(() => decoder.Decode(fuzzCase, "picture", numbers));
            if (isRead && numbers.Any(number => !(Math.Abs(number) < 3)))
            {
                throw new FuzzException("A number of the picture was not written, or is out of its range.");
            }

            if (isRead != Sentence.ReadOrRefuse<ImageException>(() => decoder.DecodeBytes(fuzzCase, "picture", new byte[decoder.ImageLength])))
            {
                throw new FuzzException($"The picture is {(isRead ? "read" : "refused")} as numbers, and as bytes not so.");
            }
        }
    }

    private static IEnumerable<byte[]> PngSuite() => SharedData.Find("pngsuite") is { } folder
        ? Directory.GetFiles(folder, "*.png").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)
        : [];

    private static byte[] WithChecksums(byte[] file)
    {
        if (!file.AsSpan().StartsWith(Png.AsSpan(0, PngSignature)))
        {
            return file;
        }

        for (int at = PngSignature; at <= file.Length - ChunkOverhead;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            if (length < 0 || length > file.Length - at - ChunkOverhead)
            {
                break;
            }

            int end = at + 8 + length;
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(end), Crc32.HashToUInt32(file.AsSpan((at + 4)..end)));
            at = end + 4;
        }

        return file;
    }
}
