namespace Convoy.Tests.Cases;

/// <summary>A step of a kind that there is not, and the name by which it is to be refused.</summary>
public sealed class UnknownStep
{
    private readonly string _where;

    internal UnknownStep(string name, string where, StepGraph graph, StepWeights weights)
    {
        (Name, _where) = (name, where);
        (Graph, Weights) = (graph, weights);
    }

    public string Name { get; }

    internal StepGraph Graph { get; }

    internal StepWeights Weights { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}, {_where}";
}

/// <summary>
/// Steps with an enum's value that is in no table, as a row forgotten would leave them: each is a possible step of which a part
/// was replaced.
/// </summary>
public static class UnknownSteps
{
    private const int Number = 99;
    private static readonly Shape Image = Shape.Image(3, 8, 8);
    private static readonly Activation Function = new((ActivationKind)Number);

    public static IEnumerable<UnknownStep> All =>
    [
        Of("99", "activation behind a convolution", Image, new Convolution2D(4, 3, 1, 1, 1), Function),
        Of("99", "activation behind a convolution of groups", Image, new Convolution2D(3, 3, 1, 1, 1, Groups: 3), Function),
        Of("99", "activation behind a fully connected layer", Shape.Vector(7), new FullyConnected(5), Function),
        Of("99", "activation behind an addition", Image, new Binary(BinaryOperation.Add), Function),
        Of("99", "activation alone", Image, new ActivationLayer(Function), Function),
        Of("99", "binary operation", Image, new Binary((BinaryOperation)Number)),
        Of("99", "binary operation with a constant", Image, new BinaryConstant((BinaryOperation)Number, [1])),
        Of("99", "pooling", Image, new Pool2D((PoolKind)Number, 3, 1, 1)),
        Of("99", "adaptive pooling", Image, new AdaptivePool2D((PoolKind)Number, 8)),
        Of("99", "alignment of a normalisation", Image, new LocalResponseNormalization(4, Alignment: (LrnAlignment)Number)),
        Of("riddle", "layer", Image, new Riddle()),
    ];

    private static UnknownStep Of(string name, string where, Shape input, Layer layer, Activation activation = default)
    {
        Layer possible = layer is Convolution2D or FullyConnected ? layer
            : layer is Binary ? new Binary(BinaryOperation.Add)
            : new ActivationLayer(Activation.Relu);
        var operatorCase = new OperatorCase(where, possible, layer is Binary ? [input, input] : [input]);
        StepGraph graph = operatorCase.ToGraph();
        FusedStep step = graph.Steps[0] with { Layer = layer, Activation = activation };
        return new UnknownStep(
            name,
            where,
            new StepGraph([step], graph.Values, graph.Outputs),
            new StepWeights(TestData.Reals(operatorCase.KernelCount, 1), TestData.Reals(operatorCase.BiasCount, 2)));
    }

    private sealed record Riddle : Layer
    {
        public override string Op => "riddle";

        public override Shape InferShape(ReadOnlySpan<Shape> inputs) => inputs[0];
    }
}
