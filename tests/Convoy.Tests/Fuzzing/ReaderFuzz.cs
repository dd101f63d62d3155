namespace Convoy.Tests.Fuzzing;

/// <summary>A reader of files, given files that were changed: it gives a value, or the one exception that it documents.</summary>
[Category("Reader")]
public abstract class ReaderFuzz : FuzzFixture<byte[]>
{
    /// <summary>Files as they ought to be, and others that are mistaken for them.</summary>
    private protected abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Bytes that may be allocated whatever the file.</summary>
    private protected virtual long AllocatedAlways => 4 << 20;

    /// <summary>Bytes that may be allocated for each byte of the file.</summary>
    private protected virtual long AllocatedPerByte => 100;

    private protected override byte[] Make(Random random) => Mutation.Of(random, Seeds);

    private protected sealed override byte[] Save(byte[] fuzzCase) => fuzzCase;

    private protected sealed override byte[] Load(byte[] saved) => saved;

    private protected sealed override long MostAllocated(byte[] fuzzCase) => AllocatedAlways + (AllocatedPerByte * fuzzCase.Length);
}
