using System.IO.Compression;
using System.Text;
using Convoy.Tests.Weights;

namespace Convoy.Tests.Fuzzing;

/// <summary>NumPy's arrays and archives of them.</summary>
public sealed class NumpyFuzz : WeightsFuzz
{
    private static readonly byte[][] Arrays =
    [
        NpyBytes.Create("<f4", false, "2, 1", Data(8)),
        NpyBytes.Create(">f2", true, "2, 3", Data(12)),
        NpyBytes.Create("{'descr': '<f8', 'fortran_order': True, 'shape': (1, 2, 2), }", Data(32), version: 2),
        NpyBytes.Create("|b1", false, "3,", Data(3)),
        NpyBytes.Create("<c8", false, "", Data(8)),
        NpyBytes.Create("|O", false, "1,", "cos\nsystem\n(S'true'\ntR."u8.ToArray()),
    ];

    private static readonly TextMutation Header = new(["'descr'", "'fortran_order'", "'shape'", "True", "False", "(", ")", "{", "}", ",", ":", "'<f4'", "'>f8'", "'|O'", "[", "4294967296", "0", "-1", "L"]);

    private protected override int ShortCases => 2000;

    private protected override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. Arrays,
        NpyBytes.Zip(CompressionLevel.Optimal, ("a.weight.npy", Arrays[0]), ("b.npy", Arrays[1]), ("c.txt", [1])),
        NpyBytes.Zip(CompressionLevel.NoCompression, ("a.npy", Arrays[2]), ("b/c.npy", Arrays[3])),
        NpyBytes.Zip(CompressionLevel.Optimal, ("a.npy", NpyBytes.Create("<f4", false, "5000,", new byte[20_000]))),
        NpyBytes.Zip(CompressionLevel.Optimal, ("a.npy", Arrays[5])),
    ];

    private protected override byte[] Make(Random random)
    {
        if (random.Next(3) > 0)
        {
            return base.Make(random);
        }

        byte[] array = Mutation.Any(random, Arrays);
        int start = array[6] == 1 ? 10 : 12;
        int end = start + array[8] + (array[9] << 8);
        byte[] changed = NpyBytes.Create(Header.Of(random, Encoding.UTF8.GetString(array[start..end])), array[end..], array[6]);
        return random.Next(2) == 0 ? changed : NpyBytes.Zip(CompressionLevel.Fastest, ("a.npy", changed));
    }

    private static byte[] Data(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(17 * i))];
}
