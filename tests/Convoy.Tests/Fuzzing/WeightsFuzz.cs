namespace Convoy.Tests.Fuzzing;

/// <summary>Files of weights: each is read, tensors and all, or refused, and out of memory as out of a file.</summary>
public abstract class WeightsFuzz : ReaderFuzz
{
    private const string Source = "weights";

    /// <summary>What deflate makes of one byte at most, and again where its numbers are put in order.</summary>
    private protected override long AllocatedPerByte => 4000;

    private protected sealed override void Check(byte[] fuzzCase)
    {
        bool isRead = Read(() => WeightSet.Load(fuzzCase, Source));
        if (fuzzCase.Length % 8 == 0)
        {
            string path = Folder.Write("w", fuzzCase);
            if (Read(() => WeightSet.Open(path)) != isRead)
            {
                throw new FuzzException($"The weights are {(isRead ? "read" : "refused")} in memory, and out of a file not so.");
            }
        }
    }

    private static bool Read(Func<WeightSet> open) => Sentence.ReadOrRefuse<WeightException>(() =>
    {
        using WeightSet weights = open();
        foreach (WeightTensor tensor in weights.Tensors)
        {
            // Damage within compressed bytes is met when they are read.
            Sentence.ReadOrRefuse<WeightException>(() => tensor.CopyBytesTo(new byte[tensor.ByteCount]));
            Sentence.ReadOrRefuse<WeightException>(() => tensor.CopyTo(new float[tensor.Shape.Count]));
            if (!weights.TryGet(tensor.Name, out WeightTensor? found) || found != tensor)
            {
                throw new FuzzException($"The tensor '{tensor.Name}' is not found by its name.");
            }
        }
    });
}
