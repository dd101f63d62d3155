using Convoy.Onnx.Format;

namespace Convoy.Onnx.Import;

/// <summary>A node as the import of its operator sees it: what it reads, its attributes, and the network to add layers to.</summary>
internal sealed class OperatorNode
{
    private readonly NodeProto _node;
    private readonly ImmutableArray<Value?> _inputs;

    /// <summary>A node whose inputs are known; those that are left out are null.</summary>
    public OperatorNode(NodeProto node, string name, long operatorSet, long? batchExtent, ImmutableArray<Value?> inputs, Lowering lowering, Tensors tensors)
    {
        _node = node;
        _inputs = inputs;
        Name = name;
        OperatorSet = operatorSet;
        BatchExtent = batchExtent;
        Lowering = lowering;
        Tensors = tensors;
        Attributes = new Attributes(node);
    }

    /// <summary>What its layer is called.</summary>
    public string Name { get; }

    /// <summary>The operator.</summary>
    public string Type => _node.OpType;

    /// <summary>The version of the operators that the model is written in.</summary>
    public long OperatorSet { get; }

    /// <summary>How many images the model says that there are; null where it leaves that open.</summary>
    public long? BatchExtent { get; }

    /// <summary>Its attributes.</summary>
    public Attributes Attributes { get; }

    /// <summary>The network.</summary>
    public Lowering Lowering { get; }

    /// <summary>Where constants are made.</summary>
    public Tensors Tensors { get; }

    /// <summary>How many inputs are listed.</summary>
    public int InputCount => _inputs.Length;

    /// <summary>How many outputs are listed.</summary>
    public int OutputCount => _node.Output.Count;

    /// <summary>Whether more outputs than so many are listed by name.</summary>
    public bool HasOutputBeyond(int count) => _node.Output.Skip(count).Any(name => name.Length > 0);

    /// <summary>The first input, as most operators need it.</summary>
    public ComputedTensor Data => Tensor(0);

    /// <summary>Whether all inputs are constants.</summary>
    public bool IsConstant => _inputs.All(input => input is not ComputedTensor);

    /// <summary>An input; null where it is left out.</summary>
    public Value? Optional(int index) => index < _inputs.Length ? _inputs[index] : null;

    /// <summary>An input that must be there.</summary>
    public Value Input(int index) => Optional(index) ?? throw new UnsupportedException(FormattableString.Invariant($"its input {index} is left out"));

    /// <summary>An input that is computed for each image.</summary>
    public ComputedTensor Tensor(int index) => Input(index) as ComputedTensor
        ?? throw new UnsupportedException(FormattableString.Invariant($"its input {index} is a constant"));

    /// <summary>An input that must be real numbers that the model has.</summary>
    public FloatConstant Constant(int index, string what) => Input(index) switch
    {
        FloatConstant constant => constant,
        ComputedTensor => throw new UnsupportedException($"its {what} is computed, where a constant is needed"),
        _ => throw new UnsupportedException($"its {what} is no tensor of real numbers"),
    };

    /// <summary>An input of real numbers, which may be left out.</summary>
    public FloatConstant? OptionalConstant(int index, string what) => Optional(index) is null ? null : Constant(index, what);

    /// <summary>One real number, which may be left out.</summary>
    public float? OptionalNumber(int index, string what) => OptionalConstant(index, what) switch
    {
        null => null,
        { Count: 1 } constant => Tensors.ToArray(constant)[0],
        _ => throw new UnsupportedException($"its {what} is more than one number"),
    };

    /// <summary>An input that must be whole numbers that the model has or computes of shapes.</summary>
    public ImmutableArray<long> Integers(int index, string what) => Input(index) switch
    {
        IntegerConstant constant => constant.Values,
        ComputedTensor => throw new UnsupportedException($"its {what} is computed of images, where constants are needed"),
        _ => throw new UnsupportedException($"its {what} is no list of whole numbers"),
    };

    /// <summary>Whole numbers, which may be left out.</summary>
    public ImmutableArray<long>? OptionalIntegers(int index, string what) => Optional(index) is null ? null : Integers(index, what);

    /// <summary>Whole numbers that were an attribute at first, and are an input from a version on.</summary>
    public ImmutableArray<long>? IntegersSince(long version, int index, string name) =>
        OperatorSet >= version ? OptionalIntegers(index, name) : Attributes.Ints(name);

    /// <summary>Adds the node's own layer.</summary>
    public Placed Append(Layer layer, Placed input, params ReadOnlySpan<FloatConstant> weights) => Lowering.Append(Name, layer, [input], weights);
}
