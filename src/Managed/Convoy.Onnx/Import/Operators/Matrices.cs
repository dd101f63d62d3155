namespace Convoy.Onnx.Import.Operators;

/// <summary>Matrix products with a constant on either side.</summary>
internal static class Matrices
{
    /// <summary>alpha A B + beta C, A and B transposed where their flags say so.</summary>
    public static ImmutableArray<Value> Gemm(OperatorNode node)
    {
        bool isTransposedA = node.Attributes.Flag("transA");
        bool isTransposedB = node.Attributes.Flag("transB");
        float alpha = node.Attributes.Float("alpha", 1);
        float beta = node.Attributes.Float("beta", 1);

        // The version of 6 and before broadcast C only where a flag said so; every one since does.
        node.Attributes.Ignore("broadcast");
        bool isConstantFirst = node.Input(0) is FloatConstant;
        ComputedTensor data = node.Tensor(isConstantFirst ? 1 : 0);
        FloatConstant matrix = Scale(node, node.Constant(isConstantFirst ? 0 : 1, "matrix"), alpha);
        FloatConstant? bias = node.OptionalConstant(2, "third input (C)") is { } given && beta != 0 ? Scale(node, given, beta) : null;
        if (data.Rank != 2 || matrix.Extents.Length != 2)
        {
            throw new UnsupportedException($"it works on tensors of {data.Rank} and {matrix.Extents.Length} extents, not on matrices");
        }

        // What is summed over: the columns of A, or the rows of B.
        int axis = data.SampleAxis((isConstantFirst ? isTransposedB : !isTransposedA) ? 1 : 0);

        // Rows are features: as A has them, and as B has them when it is transposed.
        bool hasRows = isConstantFirst ? !isTransposedA : isTransposedB;
        FloatConstant weight = hasRows ? matrix : ConstantTensors.Transpose(node.Tensors, matrix, [1, 0]);
        FloatConstant? featureBias = bias is null || isConstantFirst ? null : BroadcastBias(node, bias, weight.Extents[0]);
        ComputedTensor product = Multiply(node, data, axis, new MatrixStack(weight, weight.Extents[0], [], []), featureBias);

        // The result's rows are A's.
        if (data.Extents.Length == 2)
        {
            product = axis == (isConstantFirst ? 0 : 1) ? product : node.Lowering.Permute(product, [1, 0]);
        }

        return bias is null || featureBias is not null ? [product] : [Arithmetic.WithConstant(node, $"{node.Name}.bias", BinaryOperation.Add, product, bias, isConstantFirst: false)];
    }

    /// <summary>As NumPy has it: vectors are matrices of one row or column, and the extents before a matrix' own are broadcast.</summary>
    public static ImmutableArray<Value> MatMul(OperatorNode node)
    {
        bool isConstantFirst = node.Input(0) is FloatConstant;
        ComputedTensor data = node.Tensor(isConstantFirst ? 1 : 0);
        FloatConstant constant = node.Constant(isConstantFirst ? 0 : 1, "matrix");
        (bool isVector, bool isConstantVector) = (data.Rank == 1, constant.Extents.Length == 1);
        if (isVector)
        {
            int count = data.Extents[data.SampleAxis(0)];
            data = data.Reshape(isConstantFirst ? [count, 1] : [1, count]);
        }

        if (isConstantVector)
        {
            int count = constant.Extents[0];
            constant = constant with { Extents = isConstantFirst ? [1, count] : [count, 1] };
        }

        if (constant.Extents.Length < 2)
        {
            throw new UnsupportedException("its constant is a number, where a matrix is needed");
        }

        data = data.RaiseTo(constant.Extents.Length);
        int axis = data.SampleAxis(isConstantFirst ? -2 : -1);
        MatrixStack stack = MatrixStack.Of(node, data, constant, isTransposed: !isConstantFirst);
        ComputedTensor product = Multiply(node, data, axis, stack, null);

        // The rows are those of the first, the columns those of the second, and a vector has none.
        int rank = product.Extents.Length;
        bool hasRows = !(isConstantFirst ? isConstantVector : isVector);
        bool hasColumns = !(isConstantFirst ? isVector : isConstantVector);
        return [product.Reshape([.. product.Extents.Where((_, each) => each < rank - 2 || (each == rank - 2 ? hasRows : hasColumns))])];
    }

    /// <summary>
    /// Multiplies each vector along an axis by a matrix: a fully connected layer where a sample has but one, and else a convolution of
    /// 1 x 1, grouped where there are matrices for the places along other axes.
    /// </summary>
    private static ComputedTensor Multiply(OperatorNode node, ComputedTensor data, int axis, MatrixStack stack, FloatConstant? bias)
    {
        int inputs = data.Extents[axis];
        FloatConstant weight = stack.Weight;
        if (weight.Extents[1] != inputs)
        {
            throw new UnsupportedException(FormattableString.Invariant($"its matrix is made for vectors of {weight.Extents[1]:N0} numbers, and these have {inputs:N0}"));
        }

        ImmutableArray<int> repeated = [.. stack.Repeated.Select(each => each.Axis)];
        ImmutableArray<int> axes = [.. Enumerable.Range(0, data.Extents.Length)];
        Placed product;
        if (data.Count == inputs)
        {
            product = Append(new FullyConnected(weight.Extents[0], bias is not null), data.Layer, Arrange(node, weight, data.Order));
        }
        else
        {
            FrontedTensor fronted = node.Lowering.BringToFront(data, [.. stack.Grouped, axis]);
            Placed image = fronted.AsChannels(node.Lowering);
            image = image.Shape.IsVector ? node.Lowering.View(image, Shape.Image(image.Shape.Channels, 1, 1)) : image;
            int groups = (int)(fronted.FrontCount / inputs);
            var layer = new Convolution2D(weight.Extents[0], 1, 1, 0, 1, groups, bias is not null);
            product = Append(layer, image, weight);
            axes = fronted.Axes;
        }

        // The product has the matrices first, then their rows, then what is left of the tensor.
        ImmutableArray<int> order = [.. stack.Grouped, .. repeated, axis, .. axes.Where(each => each != axis && !stack.Grouped.Contains(each) && !repeated.Contains(each))];
        ImmutableArray<int> extents = data.Extents.SetItem(axis, stack.Rows);
        foreach ((int each, int extent) in stack.Repeated)
        {
            extents = extents.SetItem(each, extent);
        }

        return node.Lowering.Permute(
            ComputedTensor.Of(product, [.. order.Select(each => extents[each])], data.HasBatch), [.. Enumerable.Range(0, order.Length).Select(each => order.IndexOf(each))]);

        Placed Append(Layer layer, Placed input, FloatConstant matrix) => node.Append(layer, input, bias is null ? [matrix] : [matrix, bias]);
    }

    /// <summary>A bias of one number for each feature; null where it is not that.</summary>
    private static FloatConstant? BroadcastBias(OperatorNode node, FloatConstant bias, int features)
    {
        if (bias.Count == 1)
        {
            return node.Tensors.Create([features], [.. Enumerable.Repeat(node.Tensors.ToArray(bias)[0], features)]);
        }

        return bias.Count == features && bias.Extents[^1] == features ? bias with { Extents = [features] } : null;
    }

    /// <summary>
    /// A matrix for a vector whose elements do not lie as they are counted, such as a flattened image of channels last: its columns are
    /// moved once, instead of the elements of each vector.
    /// </summary>
    private static FloatConstant Arrange(OperatorNode node, FloatConstant weight, ElementOrder order)
    {
        if (order.IsRowMajor)
        {
            return weight;
        }

        int inputs = weight.Extents[1];
        float[] values = node.Tensors.ToArray(weight);
        float[] arranged = new float[values.Length];
        int column = 0;
        foreach (long place in order.Places())
        {
            for (int row = 0; row < weight.Extents[0]; row++)
            {
                arranged[((long)row * inputs) + place] = values[((long)row * inputs) + column];
            }

            column++;
        }

        return node.Tensors.Create(weight.Extents, arranged);
    }

    private static FloatConstant Scale(OperatorNode node, FloatConstant tensor, float factor) => factor == 1
        ? tensor
        : node.Tensors.Create(tensor.Extents, Array.ConvertAll(node.Tensors.ToArray(tensor), value => factor * value));
}
