using System.Globalization;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// An activation as kernels apply it: a row of the one list there is. common.cl calls what a kernel was built with; the
/// expressions reach it as macros (<see cref="HostSource"/>).
/// </summary>
/// <param name="Function">What layers ask for.</param>
/// <param name="Name">Its name in macros and messages.</param>
/// <param name="Expression">
/// OpenCL C for a number or a vector <c>x</c> of a <c>type</c>, with up to two parameters <c>alpha</c> and <c>beta</c>. NaN stays NaN.
/// </param>
internal sealed record KernelActivation(ActivationKind Function, string Name, string Expression)
{
    /// <summary>All that kernels can apply.</summary>
    public static ImmutableArray<KernelActivation> All { get; } =
    [
        new(ActivationKind.None, "none", "x"),
        new(ActivationKind.Relu, "relu", "x < 0.0f ? (type)0.0f : x"),
        new(ActivationKind.Tanh, "tanh", "tanh(x)"),
    ];

    /// <summary>The macro that applies it.</summary>
    public string Macro => $"ACTIVATION_{Name.ToUpperInvariant()}";

    /// <summary>Its line in the source.</summary>
    public string Definition => $"#define {Macro}(type, x, alpha, beta) ({Expression})";

    /// <summary>The options of a kernel that applies it alone.</summary>
    /// <param name="layer">Whose activation it is.</param>
    /// <param name="function">The activation.</param>
    /// <exception cref="BackendException">It is not in the list.</exception>
    public static string OptionsFor(string layer, Activation function)
    {
        KernelActivation row = All.FirstOrDefault(each => each.Function == function.Kind)
            ?? throw new BackendException($"Layer '{layer}': the OpenCL backend does not know the activation {function.Kind}.");
        string parameters = function.Alpha == 0 && function.Beta == 0 ? "" : $" -D ACTIVATION_ALPHA={Literal(function.Alpha)} -D ACTIVATION_BETA={Literal(function.Beta)}";
        return $"-D ACTIVATION={row.Macro}{parameters}";
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
