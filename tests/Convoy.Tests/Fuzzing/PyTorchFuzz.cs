using static Convoy.Tests.Weights.TorchFiles;

namespace Convoy.Tests.Fuzzing;

/// <summary>PyTorch's files, of both kinds.</summary>
public sealed class PyTorchFuzz : WeightsFuzz
{
    private static readonly byte[] Numbers = [.. Enumerable.Range(0, 24).Select(i => (byte)(17 * i))];

    private static readonly byte[][] Roots =
    [
        Ordered(("a.weight", Tensor(Storage("FloatStorage", "0", 6), 0, [2, 3], [3, 1])), ("a.bias", Tensor(Storage("FloatStorage", "0", 6), 1, [2, 2], [1, 2]))),
        DictionaryOf(("state_dict", Ordered(("x", Tensor(Storage("HalfStorage", "0", 12, "cuda:0"), 3, [9], [1])))), ("epoch", Number(1L << 40))),
        Ordered(("p", Call(Global("torch._utils", "_rebuild_parameter"), Vector("0", 6), [0x88], Ordered())), ("n", None)),
        Ordered(("x", Vector("0", 6)), ("y", Call(Global("os", "system"), Text("true")))),
    ];

    /// <summary>Pieces of pickles, to be put anywhere.</summary>
    private static readonly byte[][] Pieces =
    [
        None, Number(-1), Number(long.MaxValue), Text("0"), TupleOf(Number(2)), Global("torch", "FloatStorage"), Global("torch", "Size"), [(byte)'R'], [(byte)'Q'],
        [0x85], [0x86], [0x87], [(byte)'2'], [(byte)'('], [(byte)'t'], [(byte)'u'], [(byte)'e'], [(byte)'b'], [0x94], [(byte)'h', 0], [0x93], Vector("0", 6), Ordered(),
    ];

    private protected override int ShortCases => 2000;

    private protected override IReadOnlyList<byte[]> Seeds { get; } = [.. Roots.SelectMany(root => (byte[][])[File(root, true), File(root, false)])];

    private protected override byte[] Make(Random random)
    {
        if (random.Next(2) == 0)
        {
            return base.Make(random);
        }

        byte[] root = Mutation.Any(random, Roots);
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            int at = random.Next(root.Length);
            root = random.Next(3) == 0 ? Mutation.Of(random, [root]) : [.. root[..at], .. Mutation.Any(random, Pieces), .. root[at..]];
            root = root.Length == 0 ? None : root;
        }

        return File(root, random.Next(2) == 0);
    }

    private static byte[] File(byte[] root, bool isZip) => isZip ? Archive(root, "little", ("0", Numbers)) : Legacy(root, true, ("0", 6, Numbers));
}
