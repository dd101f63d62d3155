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

        // The version of 6 and before spread C only where a flag said so; every one since does.
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
        FloatConstant? featureBias = bias is null || isConstantFirst ? null : SpreadBias(node, bias, weight.Extents[0]);
        ComputedTensor product = Multiply(node, data, axis, weight, featureBias);

        // The result's rows are A's.
        if (data.Extents.Length == 2)
        {
            product = axis == (isConstantFirst ? 0 : 1) ? product : node.Lowering.Permute(product, [1, 0]);
        }

        return bias is null || featureBias is not null ? [product] : [Arithmetic.WithConstant(node, $"{node.Name}.bias", BinaryOperation.Add, product, bias, isConstantFirst: false)];
    }

    public static ImmutableArray<Value> MatMul(OperatorNode node)
    {
        if (node.Input(0) is FloatConstant left)
        {
            ComputedTensor right = node.Tensor(1);
            CheckMatrix(left);
            return [Multiply(node, right, right.SampleAxis(Math.Max(-2, -right.Rank)), left, null)];
        }

        FloatConstant matrix = node.Constant(1, "second input (a matrix)");
        CheckMatrix(matrix);
        ComputedTensor data = node.Data;
        return [Multiply(node, data, data.SampleAxis(-1), ConstantTensors.Transpose(node.Tensors, matrix, [1, 0]), null)];
    }

    private static void CheckMatrix(FloatConstant matrix)
    {
        if (matrix.Extents.Length != 2)
        {
            throw new UnsupportedException($"its constant has {matrix.Extents.Length} extents, where a matrix has 2");
        }
    }

    /// <summary>
    /// Multiplies each vector along an axis by a matrix [features, inputs]: a fully connected layer where a sample has but one, and
    /// else a convolution of 1 x 1.
    /// </summary>
    private static ComputedTensor Multiply(
        OperatorNode node, ComputedTensor data, int axis, FloatConstant weight, FloatConstant? bias)
    {
        int inputs = data.Extents[axis];
        int features = weight.Extents[0];
        if (weight.Extents[1] != inputs)
        {
            throw new UnsupportedException(FormattableString.Invariant($"its matrix is made for vectors of {weight.Extents[1]:N0} numbers, and these have {inputs:N0}"));
        }

        bool hasBias = bias is not null;
        if (data.Count == inputs)
        {
            weight = Arrange(node, weight, data.Order);
            Placed connected = node.Append(new FullyConnected(features, hasBias), data.Layer, hasBias ? [weight, bias!] : [weight]);
            return ComputedTensor.Of(connected, data.Extents.SetItem(axis, features), data.HasBatch);
        }

        FrontedTensor fronted = node.Lowering.BringToFront(data, [axis]);
        var layer = new Convolution2D(features, 1, 1, 0, 1, HasBias: hasBias);
        return fronted.Restore(node.Lowering, node.Append(layer, fronted.AsChannels(node.Lowering), hasBias ? [weight, bias!] : [weight]), features);
    }

    /// <summary>A bias of one number for each feature; null where it is not that.</summary>
    private static FloatConstant? SpreadBias(OperatorNode node, FloatConstant bias, int features)
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
