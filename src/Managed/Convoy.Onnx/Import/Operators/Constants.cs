using static Convoy.Onnx.Format.TensorProto.Types;

namespace Convoy.Onnx.Import.Operators;

/// <summary>Constants, what is computed of shapes, and nodes that pass their input on.</summary>
internal static class Constants
{
    public static ImmutableArray<Value> Constant(OperatorNode node)
    {
        Attributes attributes = node.Attributes;
        if (attributes.Tensor("value") is { } tensor)
        {
            return [node.Tensors.Read(tensor)];
        }

        if (attributes.Float("value_float") is { } real)
        {
            return [node.Tensors.Create([], [real])];
        }

        if (attributes.Floats("value_floats") is { } reals)
        {
            return [node.Tensors.Create([reals.Length], [.. reals])];
        }

        if (attributes.Int("value_int") is { } integer)
        {
            return [new IntegerConstant([], [integer])];
        }

        return attributes.Ints("value_ints") is { } integers
            ? [IntegerConstant.Vector(integers)]
            : throw new UnsupportedException("its value is no plain tensor");
    }

    public static ImmutableArray<Value> OfShape(OperatorNode node)
    {
        ImmutableArray<long> shape = node.Integers(0, "shape");
        if (shape.Contains(IntegerConstant.Batch))
        {
            throw new MixedBatchException("it makes a constant for each image");
        }

        ImmutableArray<int> extents = [.. shape.Select(Axes.Extent)];
        Value value = node.Attributes.Tensor("value") is { } tensor ? node.Tensors.Read(tensor) : node.Tensors.Create([], [0]);
        switch (value)
        {
            case FloatConstant { Count: 1 } real:
                return [node.Tensors.CreateFilled(extents, node.Tensors.ToArray(real)[0])];
            case IntegerConstant { Values: [var integer] }:
                node.Tensors.Spend(Axes.Count(extents));
                return [new IntegerConstant(extents, [.. Enumerable.Repeat(integer, (int)Axes.Count(extents))])];
            default:
                throw new UnsupportedException("its value is more than one number");
        }
    }

    /// <summary>The extents, the number of images among them.</summary>
    public static ImmutableArray<Value> Shape(OperatorNode node)
    {
        ImmutableArray<long> extents = node.Input(0) switch
        {
            ComputedTensor { HasBatch: true } data => [IntegerConstant.Batch, .. data.Extents.Select(extent => (long)extent)],
            ComputedTensor data => [.. data.Extents.Select(extent => (long)extent)],
            var constant => [.. ConstantTensors.ExtentsOf(constant).Select(extent => (long)extent)],
        };
        (int start, int end) = (Bound("start", 0), Bound("end", extents.Length));
        return [IntegerConstant.Vector(start < end ? extents[start..end] : [])];

        int Bound(string name, int otherwise)
        {
            long bound = node.Attributes.Int(name, otherwise);
            return (int)Math.Clamp(bound < 0 ? bound + extents.Length : bound, 0, extents.Length);
        }
    }

    public static ImmutableArray<Value> Gather(OperatorNode node)
    {
        if (node.Input(0) is ComputedTensor)
        {
            throw new UnsupportedException("it takes elements of what is computed of images");
        }

        ImmutableArray<int> extents = ConstantTensors.ExtentsOf(node.Input(0));
        int axis = Axes.Resolve(node.Attributes.Int("axis", 0), extents.Length);
        ImmutableArray<long> indices = node.Integers(1, "list of indices");
        int[] resolved = [.. indices.Select(index => Axes.Resolve(index, extents[axis]))];
        ImmutableArray<int> taken = [.. extents[..axis], .. ConstantTensors.ExtentsOf(node.Input(1)), .. extents[(axis + 1)..]];
        return [ConstantTensors.Take(node.Tensors, node.Input(0), axis, resolved, taken)];
    }

    /// <summary>Between kinds of real numbers nothing is done: all are computed with as fp32.</summary>
    public static ImmutableArray<Value> Cast(OperatorNode node)
    {
        node.Attributes.Ignore("saturate", "round_mode");
        var type = (DataType)node.Attributes.Int("to", 0);
        bool toReals = type is DataType.Float or DataType.Float16 or DataType.Bfloat16 or DataType.Double;
        bool toIntegers = type is DataType.Int64 or DataType.Int32;
        return (node.Input(0), toReals, toIntegers) switch
        {
            (ComputedTensor or FloatConstant, true, _) => [node.Input(0)],
            (IntegerConstant, _, true) => [node.Input(0)],
            (IntegerConstant integers, true, _) when !integers.Values.Contains(IntegerConstant.Batch) =>
                [node.Tensors.Create(integers.Extents, [.. integers.Values.Select(value => (float)value)])],
            (FloatConstant reals, _, true) =>
                [new IntegerConstant(reals.Extents, [.. node.Tensors.ToArray(reals).Select(value => (long)value)])],
            _ => throw new UnsupportedException($"it makes {ElementTypeNames.Of((int)type)} of its input"),
        };
    }

    public static ImmutableArray<Value> Identity(OperatorNode node) => [node.Input(0)];

    /// <summary>A layer that compiling removes: it keeps its rate for whoever reads the network.</summary>
    public static ImmutableArray<Value> Dropout(OperatorNode node)
    {
        node.Attributes.Ignore("seed", "is_test");
        bool isInput = node.OperatorSet >= 12;
        float rate = (isInput ? node.OptionalNumber(1, "ratio") : node.Attributes.Float("ratio")) ?? 0.5f;
        if (node.OptionalIntegers(2, "training mode") is [not 0])
        {
            throw new UnsupportedException("it is in training mode");
        }

        return node.Input(0) is ComputedTensor data && rate is >= 0 and < 1
            ? [data with { Layer = node.Append(new Dropout(rate), data.Layer) }]
            : [node.Input(0)];
    }
}
