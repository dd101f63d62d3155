using System.Text;
using Convoy.Backends.Native;

namespace Convoy.Tests.Fuzzing;

/// <summary>The cache of measured times: whatever is in the file, it reads as something, and can be added to.</summary>
public sealed class TuningFileFuzz : ReaderFuzz
{
    private const string Layer = "layer";
    private const string Algorithm = "direct";
    private const double Milliseconds = 0.25;

    private static readonly string[] Texts =
    [
        """{"EPYC, avx2, library 12: conv 3 x 3, NHWC": {"direct (avx2)": 1.25, "winograd6 (avx2)": 0.5}, "other": {"direct (avx2)": 1e-3}}""",
        """{"a": {}, "b": null, "c": {"x": 1, "x": 2}}""",
        "{}",
    ];

    private static readonly TextMutation Times = new([.. TextMutation.Json, "\"a\":", "{\"a\":", "{\"a\":{\"b\":", "1e400", "-1e400", "5e-324"]);

    private protected override int ShortCases => 2000;

    private protected override IReadOnlyList<byte[]> Seeds { get; } = [.. Texts.Select(Encoding.UTF8.GetBytes)];

    private protected override byte[] Make(Random random) => random.Next(3) == 0
        ? base.Make(random)
        : Encoding.UTF8.GetBytes(Times.Of(random, Mutation.Any(random, Texts)));

    private protected override void Check(byte[] fuzzCase)
    {
        string path = Folder.Write("times.json", fuzzCase);
        new TuningFile(path).Read();
        new TuningFile(path).Add(Layer, new() { [Algorithm] = Milliseconds });
        if (!new TuningFile(path).Read().TryGetValue(Layer, out Dictionary<string, double>? times) || times[Algorithm] != Milliseconds)
        {
            throw new FuzzException("What was added is not there.");
        }
    }
}
