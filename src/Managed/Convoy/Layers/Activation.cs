using System.Globalization;

namespace Convoy.Layers;

/// <summary>A function applied to each element. Its number is the same in the C library.</summary>
public enum ActivationKind
{
    /// <summary>The identity.</summary>
    None = 0,

    /// <summary>x below 0 becomes 0; NaN stays NaN.</summary>
    Relu = 1,

    /// <summary>The hyperbolic tangent.</summary>
    Tanh = 2,

    /// <summary>1 / (1 + exp(-x)).</summary>
    Sigmoid = 3,

    /// <summary>x below 0 becomes alpha x.</summary>
    LeakyRelu = 4,

    /// <summary>x, at least alpha and at most beta; NaN stays NaN.</summary>
    Clip = 5,

    /// <summary>alpha x + beta, at least 0 and at most 1.</summary>
    HardSigmoid = 6,

    /// <summary>x times (x / 6 + 1/2, at least 0 and at most 1).</summary>
    HardSwish = 7,

    /// <summary>x / (1 + exp(-x)), also called swish.</summary>
    Silu = 8,

    /// <summary>x below 0 becomes alpha (exp(x) - 1).</summary>
    Elu = 9,

    /// <summary>x / 2 (1 + erf(x / sqrt 2)).</summary>
    Gelu = 10,

    /// <summary>GELU's approximation x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).</summary>
    GeluTanh = 11,

    /// <summary>log(1 + exp(x)).</summary>
    Softplus = 12,

    /// <summary>x below 0 becomes slope x, with a trained slope for each channel.</summary>
    ParametricRelu = 13,

    /// <summary>beta times (x, below 0 alpha (exp(x) - 1)).</summary>
    Selu = 14,
}

/// <summary>A function applied to each element, with its parameters. The default is the identity.</summary>
/// <param name="Kind">The function.</param>
/// <param name="Alpha">Its first parameter, where it has one.</param>
/// <param name="Beta">Its second parameter, where it has one.</param>
public readonly record struct Activation(ActivationKind Kind, float Alpha = 0, float Beta = 0)
{
    // A row a kind, in the order of their numbers: its name in operations, and as tables show it.
    private static readonly ImmutableArray<(string Name, string Title)> Rows =
    [
        ("identity", "identity"),
        ("relu", "ReLU"),
        ("tanh", "tanh"),
        ("sigmoid", "sigmoid"),
        ("leakyrelu", "leaky ReLU"),
        ("clip", "clip"),
        ("hardsigmoid", "hard sigmoid"),
        ("hardswish", "hard swish"),
        ("silu", "SiLU"),
        ("elu", "ELU"),
        ("gelu", "GELU"),
        ("gelutanh", "GELU (tanh)"),
        ("softplus", "softplus"),
        ("prelu", "PReLU"),
        ("selu", "SELU"),
    ];

    /// <summary>The identity.</summary>
    public static Activation None => default;

    /// <summary>max(x, 0).</summary>
    public static Activation Relu => new(ActivationKind.Relu);

    /// <summary>x, at least 0 and at most 6.</summary>
    public static Activation Relu6 => Clip(0, 6);

    /// <summary>The hyperbolic tangent.</summary>
    public static Activation Tanh => new(ActivationKind.Tanh);

    /// <summary>1 / (1 + exp(-x)).</summary>
    public static Activation Sigmoid => new(ActivationKind.Sigmoid);

    /// <summary>x times (x / 6 + 1/2, at least 0 and at most 1).</summary>
    public static Activation HardSwish => new(ActivationKind.HardSwish);

    /// <summary>x / (1 + exp(-x)).</summary>
    public static Activation Silu => new(ActivationKind.Silu);

    /// <summary>x / 2 (1 + erf(x / sqrt 2)).</summary>
    public static Activation Gelu => new(ActivationKind.Gelu);

    /// <summary>GELU by a hyperbolic tangent.</summary>
    public static Activation GeluTanh => new(ActivationKind.GeluTanh);

    /// <summary>log(1 + exp(x)).</summary>
    public static Activation Softplus => new(ActivationKind.Softplus);

    /// <summary>A trained slope below 0 for each channel: the layer's parameter "weight".</summary>
    public static Activation ParametricRelu => new(ActivationKind.ParametricRelu);

    /// <summary>Its name in operations: "relu".</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such kind.</exception>
    public string Name => Row.Name;

    /// <summary>Its name as tables show it: "ReLU".</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such kind.</exception>
    public string Title => Row.Title;

    /// <summary>True for a function with a trained number for each channel.</summary>
    public bool HasSlopes => Kind == ActivationKind.ParametricRelu;

    private (string Name, string Title) Row => (uint)Kind < (uint)Rows.Length
        ? Rows[(int)Kind]
        : throw new ArgumentOutOfRangeException(nameof(Kind), $"There is no activation {(int)Kind}.");

    /// <summary>max(x, slope x) for a slope below 1.</summary>
    public static Activation LeakyRelu(float slope = 0.01f) => new(ActivationKind.LeakyRelu, slope);

    /// <summary>x, at least a least and at most a most; either may be infinite.</summary>
    public static Activation Clip(float least, float most) => new(ActivationKind.Clip, least, most);

    /// <summary>alpha x + beta, at least 0 and at most 1.</summary>
    public static Activation HardSigmoid(float alpha = 0.2f, float beta = 0.5f) => new(ActivationKind.HardSigmoid, alpha, beta);

    /// <summary>x, or alpha (exp(x) - 1) below 0.</summary>
    public static Activation Elu(float alpha = 1f) => new(ActivationKind.Elu, alpha);

    /// <summary>
    /// ELU scaled, so that mean and variance settle at 0 and 1 (Klambauer et al., "Self-normalizing neural networks", 2017).
    /// </summary>
    public static Activation Selu(float alpha = 1.67326319f, float scale = 1.05070102f) => new(ActivationKind.Selu, alpha, scale);

    /// <summary>Why there is no such function, in the words of a layer's refusal; null where there is.</summary>
    internal string? FindFault() => Kind switch
    {
        _ when (uint)Kind >= (uint)Rows.Length => $"there is no activation {(int)Kind}",
        ActivationKind.Clip when !(Alpha <= Beta) => FormattableString.Invariant($"a clip to at least {Alpha} and at most {Beta} is impossible"),
        ActivationKind.LeakyRelu or ActivationKind.HardSigmoid or ActivationKind.Elu or ActivationKind.Selu when !float.IsFinite(Alpha) || !float.IsFinite(Beta) =>
            FormattableString.Invariant($"the parameters {Alpha} and {Beta} of {Name} must be finite"),
        _ => null,
    };

    /// <summary>"clip (0, 6)", "relu".</summary>
    public override string ToString() => Alpha == 0 && Beta == 0 ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name} ({Alpha}, {Beta})");
}

/// <summary>An activation as a layer of its own. The output has the input's shape.</summary>
public sealed record ActivationLayer(Activation Function) : Layer
{
    /// <inheritdoc/>
    public override string Op => Function.Name;

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs) => Function.FindFault() is { } fault ? throw new LayerException(fault) : inputs[0];

    /// <inheritdoc/>
    public override ImmutableArray<LayerParameter> GetParameters(ReadOnlySpan<Shape> inputs) =>
        Function.HasSlopes ? [new("weight", Shape.Vector(inputs[0].Channels))] : [];
}
