namespace Convoy.Onnx.Import;

/// <summary>What a name of the graph stands for.</summary>
internal abstract record Value;

/// <summary>What a node would have computed that cannot be imported; whoever reads it cannot be either, and is not at fault.</summary>
internal sealed record MissingValue : Value;

/// <summary>A layer of the network, and the shape of what it computes.</summary>
internal readonly record struct Placed(string Name, Shape Shape);

/// <summary>A tensor that is computed for each sample.</summary>
/// <param name="Layer">The layer that computes it. Its shape, a vector or an image, is only a way to look at the elements.</param>
/// <param name="Extents">The extents that ONNX has for it, without those of the batch.</param>
/// <param name="Order">Where the elements lie.</param>
/// <param name="HasBatch">Whether ONNX has the number of samples as its first extent.</param>
internal sealed record ComputedTensor(Placed Layer, ImmutableArray<int> Extents, ElementOrder Order, bool HasBatch) : Value
{
    /// <summary>A layer's own elements as they lie.</summary>
    public static ComputedTensor Of(Placed layer, ImmutableArray<int> extents, bool hasBatch) =>
        new(layer, extents, ElementOrder.RowMajor(layer.Shape.Count), hasBatch);

    /// <summary>How many extents ONNX counts.</summary>
    public int Rank => Extents.Length + BatchAxes;

    /// <summary>How many elements a sample has.</summary>
    public long Count => Layer.Shape.Count;

    private int BatchAxes => HasBatch ? 1 : 0;

    /// <summary>An axis of a sample, given one of ONNX's, which may be counted from the end.</summary>
    /// <exception cref="MixedBatchException">It is the batch's.</exception>
    /// <exception cref="UnsupportedException">There is no such axis.</exception>
    public int SampleAxis(long axis) => ResolveAxis(axis) - BatchAxes is var sampleAxis and >= 0
        ? sampleAxis
        : throw new MixedBatchException("it works along the axis that counts images");

    /// <summary>Whether one of ONNX's axes counts images.</summary>
    public bool IsBatchAxis(long axis) => ResolveAxis(axis) < BatchAxes;

    /// <summary>The same elements by other extents.</summary>
    public ComputedTensor Reshape(ImmutableArray<int> extents) => this with { Extents = extents };

    private int ResolveAxis(long axis) => Axes.Resolve(axis, Rank);
}

/// <summary>Real numbers that the model has.</summary>
/// <param name="Extents">The extents; none of one number, and one may be 0.</param>
/// <param name="Type">How each number is stored.</param>
/// <param name="Storage">Where the bytes are.</param>
/// <param name="Offset">Where among them.</param>
internal sealed record FloatConstant(ImmutableArray<int> Extents, ElementType Type, WeightStorage Storage, long Offset) : Value
{
    /// <summary>How many numbers there are.</summary>
    public long Count => Axes.Count(Extents);

    /// <summary>How many bytes they take.</summary>
    public long ByteCount => Count * Type.SizeInBytes();

    /// <summary>The numbers as a tensor of a weight set.</summary>
    public WeightTensor ToTensor(string name, Shape shape) => new(name, Type, shape, Storage, Offset, checked((int)ByteCount));
}

/// <summary>Whole numbers that the model has, or that it computes of shapes. One may be <see cref="Batch"/>.</summary>
internal sealed record IntegerConstant(ImmutableArray<int> Extents, ImmutableArray<long> Values) : Value
{
    /// <summary>Stands for the number of images, which is not known. No extent and no axis is that large.</summary>
    public const long Batch = 0x4E75_6D62_6572_4E00;

    /// <summary>Numbers in a row.</summary>
    public static IntegerConstant Vector(params ImmutableArray<long> values) => new([values.Length], values);
}

/// <summary>Arithmetic of axes and extents.</summary>
internal static class Axes
{
    private const int MostExtents = 32;

    /// <summary>An axis counted from the front; ONNX counts negative ones from the end.</summary>
    /// <exception cref="UnsupportedException">There is no such axis.</exception>
    public static int Resolve(long axis, int rank) => axis >= -rank && axis < rank
        ? (int)(axis < 0 ? axis + rank : axis)
        : throw new UnsupportedException(FormattableString.Invariant($"its axis {axis} is none of a tensor of {rank} extents"));

    /// <summary>Refuses more extents than any network has, whose handling would take long.</summary>
    /// <exception cref="UnsupportedException">There are more.</exception>
    public static void CheckRank(int rank)
    {
        if (rank > MostExtents)
        {
            throw new UnsupportedException(FormattableString.Invariant($"a tensor of {rank:N0} extents has more than {MostExtents}"));
        }
    }

    /// <summary>How many elements a tensor has.</summary>
    /// <exception cref="UnsupportedException">More than can be counted.</exception>
    public static long Count(ReadOnlySpan<int> extents)
    {
        long count = 1;
        foreach (int extent in extents)
        {
            if (Math.BigMul(count, extent, out count) != 0 || count < 0)
            {
                throw new UnsupportedException("a tensor of it has more elements than can be counted");
            }
        }

        return count;
    }

    /// <inheritdoc cref="Count(ReadOnlySpan{int})"/>
    public static long Count(ImmutableArray<int> extents) => Count(extents.AsSpan());

    /// <summary>An extent that the model names.</summary>
    /// <exception cref="UnsupportedException">It is negative, or larger than any tensor's.</exception>
    public static int Extent(long extent) => extent is >= 0 and <= int.MaxValue
        ? (int)extent
        : throw new UnsupportedException(FormattableString.Invariant($"it asks for an extent of {extent}"));
}
