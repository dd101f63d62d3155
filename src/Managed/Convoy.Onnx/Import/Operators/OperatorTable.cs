namespace Convoy.Onnx.Import.Operators;

/// <summary>Imports a node; its results are those of ONNX's outputs that Convoy has, in their order.</summary>
internal delegate ImmutableArray<Value> OperatorImport(OperatorNode node);

/// <summary>ONNX's operators by name, as far as they are imported.</summary>
internal static class OperatorTable
{
    private static readonly Dictionary<string, OperatorImport> Operators = new(StringComparer.Ordinal)
    {
        ["Conv"] = Windows.Convolution,
        ["MaxPool"] = Windows.MaxPool,
        ["AveragePool"] = Windows.AveragePool,
        ["GlobalMaxPool"] = node => Windows.GlobalPool(node, PoolKind.Max),
        ["GlobalAveragePool"] = node => Windows.GlobalPool(node, PoolKind.Average),
        ["ReduceMean"] = Windows.ReduceMean,

        ["Gemm"] = Matrices.Gemm,
        ["MatMul"] = Matrices.MatMul,

        ["BatchNormalization"] = Normalizations.Batch,
        ["InstanceNormalization"] = Normalizations.Instance,
        ["LRN"] = Normalizations.LocalResponse,
        ["Softmax"] = node => Normalizations.Softmax(node, new Softmax()),
        ["LogSoftmax"] = node => Normalizations.Softmax(node, new LogSoftmax()),

        ["Clip"] = Activations.Clip,
        ["Elu"] = node => Activations.Import(node, Activation.Elu(node.Attributes.Float("alpha", 1))),
        ["Gelu"] = Activations.Gelu,
        ["HardSigmoid"] = node => Activations.Import(
            node, Activation.HardSigmoid(node.Attributes.Float("alpha", 0.2f), node.Attributes.Float("beta", 0.5f))),
        ["HardSwish"] = node => Activations.Import(node, Activation.HardSwish),
        ["LeakyRelu"] = node => Activations.Import(node, Activation.LeakyRelu(node.Attributes.Float("alpha", 0.01f))),
        ["PRelu"] = Activations.ParametricRelu,
        ["Relu"] = node => Activations.Import(node, Activation.Relu),
        ["Selu"] = node => Activations.Import(
            node, Activation.Selu(node.Attributes.Float("alpha", 1.67326319f), node.Attributes.Float("gamma", 1.05070102f))),
        ["Sigmoid"] = node => Activations.Import(node, Activation.Sigmoid),
        ["Softplus"] = node => Activations.Import(node, Activation.Softplus),
        ["Tanh"] = node => Activations.Import(node, Activation.Tanh),

        ["Add"] = node => Arithmetic.Import(node, BinaryOperation.Add),
        ["Sub"] = node => Arithmetic.Import(node, BinaryOperation.Subtract),
        ["Mul"] = node => Arithmetic.Import(node, BinaryOperation.Multiply),
        ["Div"] = node => Arithmetic.Import(node, BinaryOperation.Divide),
        ["Min"] = node => Arithmetic.Import(node, BinaryOperation.Minimum),
        ["Max"] = node => Arithmetic.Import(node, BinaryOperation.Maximum),
        ["Sum"] = node => Arithmetic.Import(node, BinaryOperation.Add),
        ["Mean"] = Arithmetic.Mean,

        ["Concat"] = Channels.Concat,
        ["Split"] = Channels.Split,
        ["Slice"] = Channels.Slice,
        ["Pad"] = Pixels.Pad,
        ["Resize"] = Pixels.Resize,
        ["Upsample"] = Pixels.Upsample,
        ["DepthToSpace"] = Pixels.DepthToSpace,
        ["SpaceToDepth"] = Pixels.SpaceToDepth,

        ["Flatten"] = Shapes.Flatten,
        ["Reshape"] = Shapes.Reshape,
        ["Transpose"] = Shapes.Transpose,
        ["Squeeze"] = Shapes.Squeeze,
        ["Unsqueeze"] = Shapes.Unsqueeze,

        ["Cast"] = Constants.Cast,
        ["Constant"] = Constants.Constant,
        ["ConstantOfShape"] = Constants.OfShape,
        ["Dropout"] = Constants.Dropout,
        ["Gather"] = Constants.Gather,
        ["Identity"] = Constants.Identity,
        ["Shape"] = Constants.Shape,
    };

    /// <summary>How an operator is imported; null where it is not.</summary>
    public static OperatorImport? Find(string type, string domain) => IsOwnDomain(domain) ? Operators.GetValueOrDefault(type) : null;

    /// <summary>Why an operator is not imported.</summary>
    public static string Refusal(string type, string domain) =>
        !IsOwnDomain(domain) ? $"operators of the domain {WeightException.Quote(domain)} are not imported"
        : type is "If" or "Loop" or "Scan" ? "control flow is not imported"
        : "this operator is not imported";

    /// <summary>Whether operators of a domain are ONNX's own.</summary>
    public static bool IsOwnDomain(string domain) => domain is "" or "ai.onnx";
}
