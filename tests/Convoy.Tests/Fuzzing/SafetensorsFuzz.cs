using System.Text;
using Convoy.Tests.Weights;

namespace Convoy.Tests.Fuzzing;

/// <summary>Weights files: safetensors, and those of other kinds that are told by their content.</summary>
public sealed class SafetensorsFuzz : WeightsFuzz
{
    private const int PrefixBytes = 8;
    private const string Source = "weights";

    private static readonly byte[][] Own =
    [
        File("""{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[],"data_offsets":[8,10]}}  """, 10),
        File("""{"a":{"dtype":"F16","shape":[3],"data_offsets":[4,10]},"b.weight":{"data_offsets":[0,4],"shape":[1,1,1,1],"dtype":"F32"}}""", 10),
        File("""{"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"d":{"dtype":"F64","shape":[2],"data_offsets":[8,24]},"e":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[24,27]}}""", 27),
        File("""{"__metadata__":{}}""", 0),
        File("{}", 0),
    ];

    private static readonly TextMutation Header = new([.. TextMutation.Json, "\"__metadata__\"", "\"F64\"", "\"F16\"", "\"I64\"", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "{\"a\":"]);

    private protected override int ShortCases => 6000;

    private protected override long AllocatedPerByte => 100;

    private protected override IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. Own, .. Own, .. Own,
        ForeignBytes.Pickle, ForeignBytes.KerasZip,
        ForeignBytes.OtherZip, ForeignBytes.EmptyZip, ForeignBytes.Onnx[..4096], ForeignBytes.CaffeModel, ForeignBytes.OldCaffeModel, ForeignBytes.Hdf5(0),
        ForeignBytes.Hdf5(512), ForeignBytes.Gzip(Own[0]), "<!DOCTYPE html>\n<html><body>404</body></html>"u8.ToArray(),
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"u8.ToArray(),
    ];

    [Test]
    public void Every_truncation_is_refused([Range(0, 1)] int file)
    {
        byte[] whole = Own[file];
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.That(() => WeightSet.Load(whole.AsMemory(0, length), Source), Throws.TypeOf<WeightException>(), $"{length} bytes");
        }
    }

    private protected override byte[] Make(Random random)
    {
        if (random.Next(2) == 0)
        {
            return Mutation.Of(random, Seeds);
        }

        byte[] seed = Mutation.Any(random, Own);
        int end = PrefixBytes + (int)BitConverter.ToUInt64(seed);
        byte[] changed = SafetensorsBytes.Create(Header.Of(random, Encoding.UTF8.GetString(seed[PrefixBytes..end])), seed[end..]);
        return random.Next(4) == 0 ? Mutation.Of(random, [changed]) : changed;
    }

    private static byte[] File(string header, int dataBytes) => SafetensorsBytes.Create(header, [.. Enumerable.Range(0, dataBytes).Select(i => (byte)(17 * i))]);
}
