using Convoy.Imaging;
using Convoy.Tests.Imaging;
using Convoy.Tests.Weights;

namespace Convoy.Tests.Fuzzing;

/// <summary>MNIST's files, gzipped and not.</summary>
public sealed class IdxFuzz : ReaderFuzz
{
    private static readonly byte[][] Plain =
    [
        IdxFileTests.Images(3, 2, 4, [.. Enumerable.Range(0, 24).Select(i => (byte)i)]),
        IdxFileTests.Images(40, 28, 28, new byte[40 * 28 * 28]),
        IdxFileTests.Labels(10, [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]),
    ];

    private protected override int ShortCases => 5000;

    private protected override IReadOnlyList<byte[]> Seeds { get; } = [.. Plain, .. Plain.Select(ForeignBytes.Gzip)];

    // Deflate makes at most 1032 bytes of one, and arrays grow by doubling; both kinds of file are tried.
    private protected override long AllocatedPerByte => 4 * 1032;

    private protected override byte[] Make(Random random) =>
        random.Next(4) == 0 ? ForeignBytes.Gzip(Mutation.Of(random, Plain)) : base.Make(random);

    private protected override void Check(byte[] fuzzCase)
    {
        Sentence.ReadOrRefuse<DatasetException>(() =>
        {
            IdxImages images = IdxFile.ReadImages(new MemoryStream(fuzzCase), "images");
            if (images.Count < 1 || images.GetImage(images.Count - 1).Length != images.Rows * images.Columns)
            {
                throw new FuzzException($"There are {images.Count} images of {images.Rows} x {images.Columns} pixels.");
            }
        });
        bool isRead = Sentence.ReadOrRefuse<DatasetException>(() => IdxFile.ReadLabels(new MemoryStream(fuzzCase), "labels"));
        if (fuzzCase.Length % 16 == 0)
        {
            string path = Folder.Write("idx", fuzzCase);
            bool isReadFromFile = Sentence.ReadOrRefuse<DatasetException>(() => IdxFile.ReadLabels(path));
            if (isRead != isReadFromFile)
            {
                throw new FuzzException($"Labels are {(isRead ? "read" : "refused")} from a stream, and from a file not so.");
            }
        }
    }
}
