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

    /// <summary>The same elements with extents of 1 in front, as broadcasting with a tensor of more extents gives it.</summary>
    /// <exception cref="MixedBatchException">The axis that counts images would not be the first any more.</exception>
    public ComputedTensor RaiseTo(int rank) =>
        rank <= Rank ? this
        : HasBatch ? throw new MixedBatchException($"its inputs have {Rank} and {rank} extents, so that the axis which counts images is not the same")
        : Reshape([.. Enumerable.Repeat(1, rank - Rank), .. Extents]);

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
