using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.Fuzzing;

/// <summary>Cached program binaries: the binary that was stored, or nothing.</summary>
public sealed class ProgramCacheFuzz : ReaderFuzz
{
    private const string Key = "00112233445566778899aabbccddeeff";
    private const string OtherKey = "ffeeddccbbaa99887766554433221100";
    private static readonly byte[] Binary = [.. Enumerable.Range(0, 300).Select(i => (byte)(7 * i))];

    private protected override int ShortCases => 10_000;

    private protected override IReadOnlyList<byte[]> Seeds { get; } =
        [ProgramCacheEntry.Wrap(Key, Binary), ProgramCacheEntry.Wrap(Key, [1]), ProgramCacheEntry.Wrap(OtherKey, Binary)];

    private protected override void Check(byte[] fuzzCase)
    {
        // A checksum of 128 bits does not come about by chance.
        if (ProgramCacheEntry.Unwrap(Key, fuzzCase) is { } binary && !(binary is [1] || binary.AsSpan().SequenceEqual(Binary)))
        {
            throw new FuzzException($"A binary of {binary.Length} bytes was read that was never stored.");
        }
    }
}
