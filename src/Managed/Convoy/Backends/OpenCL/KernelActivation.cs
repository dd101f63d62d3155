using System.Globalization;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// An activation as kernels apply it: a row of the one list there is. common.cl calls what a kernel was built with; the
/// expressions reach it as macros (<see cref="HostSource"/>). Functions that end in a flat tail are cut off there, so that
/// infinity is never multiplied by 0.
/// </summary>
/// <param name="Kind">What layers ask for.</param>
/// <param name="Expression">
/// OpenCL C for a number or a vector <c>x</c> of a <c>type</c>, with up to two parameters <c>alpha</c> and <c>beta</c>, and a
/// <c>slope</c> for each channel. NaN stays NaN.
/// </param>
/// <param name="Ulps">The largest error in units of the result's last place; OpenCL promises exp, erfc and tanh to 16 at most.</param>
/// <param name="Absolute">An error that is small enough whatever the result. A device may take numbers below 1.2e-38 for 0.</param>
internal sealed record KernelActivation(ActivationKind Kind, string Expression, double Ulps, double Absolute)
{
    /// <summary>All that kernels can apply.</summary>
    public static ImmutableArray<KernelActivation> All { get; } =
    [
        new(ActivationKind.None, "x", Ulps: 0.5, Absolute: 0),
        new(ActivationKind.Relu, "x < 0.0f ? (type)0.0f : x", Ulps: 0.5, Absolute: 0),
        new(ActivationKind.Tanh, "TANH(type, x)", Ulps: 32, Absolute: 2e-7),
        new(ActivationKind.Sigmoid, "1.0f / (1.0f + exp(-x))", Ulps: 32, Absolute: 2e-7),
        new(ActivationKind.LeakyRelu, "x < 0.0f ? alpha * x : x", Ulps: 0.5, Absolute: 0),
        new(ActivationKind.Clip, "CLIP(type, x, alpha, beta)", Ulps: 0.5, Absolute: 0),
        new(ActivationKind.HardSigmoid, "CLIP(type, fma((type)(alpha), x, (type)(beta)), 0.0f, 1.0f)", Ulps: 2, Absolute: 6e-8),
        new(ActivationKind.HardSwish, "x < -3.0f ? (type)0.0f : x * (CLIP(type, x + 3.0f, 0.0f, 6.0f) * (1.0f / 6.0f))", Ulps: 2, Absolute: 6e-8),
        new(ActivationKind.Silu, "x < -100.0f ? (type)0.0f : x / (1.0f + exp(-x))", Ulps: 32, Absolute: 2e-7),
        new(ActivationKind.Elu, "x < 0.0f ? alpha * expm1(x) : x", Ulps: 32, Absolute: 2e-7),
        new(ActivationKind.Gelu, "x < -15.0f ? (type)0.0f : 0.5f * x * erfc(-M_SQRT1_2_F * x)", Ulps: 32, Absolute: 2e-7),

        // By tanh u = 2 / (1 + exp(-2 u)) - 1, which does not cancel out.
        new(ActivationKind.GeluTanh, "x < -15.0f ? (type)0.0f : x / (1.0f + exp(x * fma((type)(-0.07135481f), x * x, (type)(-1.5957691f))))", Ulps: 32, Absolute: 2e-7),
        new(ActivationKind.Softplus, "fmax(x, (type)0.0f) + log1p(exp(-fabs(x)))", Ulps: 32, Absolute: 2e-7),
        new(ActivationKind.ParametricRelu, "x < 0.0f ? slope * x : x", Ulps: 0.5, Absolute: 0),
        new(ActivationKind.Selu, "beta * (x < 0.0f ? alpha * expm1(x) : x)", Ulps: 32, Absolute: 2e-7),
    ];

    /// <summary>The macro that applies it.</summary>
    public string Macro => $"ACTIVATION_{KernelTypes.ToMacro(Kind.ToString())}";

    /// <summary>Its line in the source.</summary>
    public string Definition => $"#define {Macro}(type, x, alpha, beta, slope) ({Expression})";

    /// <summary>The options of a kernel that applies it alone.</summary>
    /// <param name="layer">Whose activation it is.</param>
    /// <param name="function">The activation.</param>
    /// <exception cref="BackendException">It is not in the list.</exception>
    public static string OptionsFor(string layer, Activation function)
    {
        KernelActivation row = All.FirstOrDefault(each => each.Kind == function.Kind)
            ?? throw new BackendException($"Layer '{layer}': the OpenCL backend does not know the activation {function.Kind}.");
        string parameters = function.Alpha == 0 && function.Beta == 0 ? "" : $" -D ACTIVATION_ALPHA={Literal(function.Alpha)} -D ACTIVATION_BETA={Literal(function.Beta)}";
        return $"-D ACTIVATION={row.Macro}{parameters}{(function.HasSlopes ? " -D HAS_SLOPES=1" : "")}";
    }

    /// <summary>A number as OpenCL C reads it, to the same bits: "0.01f", "6.0f".</summary>
    private static string Literal(float value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return float.IsFinite(value)
            ? text.AsSpan().ContainsAny('.', 'E') ? $"{text}f" : $"{text}.0f"
            : float.IsNaN(value) ? "NAN" : value > 0 ? "INFINITY" : "-INFINITY";
    }
}
