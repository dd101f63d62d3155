using Convoy.Layers;

namespace Convoy.Backends.Reference;

/// <summary>
/// Activations as their definitions read, in double precision: a row a kind. Where a definition loses digits or overflows, the
/// row is an identity that does not, and says so.
/// </summary>
internal static class ReferenceActivations
{
    private static readonly double RootOfHalf = Math.Sqrt(0.5);
    private static readonly double RootOf2OverPi = Math.Sqrt(2 / Math.PI);

    /// <summary>The function of a channel. NaN stays NaN in all of them.</summary>
    /// <param name="layer">Whose activation it is.</param>
    /// <param name="activation">The function and its parameters.</param>
    /// <param name="slope">The channel's trained slope, where the function has one.</param>
    /// <exception cref="BackendException">The kind is not in the table.</exception>
    public static Func<double, double> Select(string layer, Activation activation, double slope)
    {
        (double alpha, double beta) = (activation.Alpha, activation.Beta);
        return activation.Kind switch
        {
            ActivationKind.None => x => x,
            ActivationKind.Relu => x => x < 0 ? 0 : x,
            ActivationKind.Tanh => Math.Tanh,
            ActivationKind.Sigmoid => x => 1 / (1 + Math.Exp(-x)),
            ActivationKind.LeakyRelu => x => x < 0 ? alpha * x : x,
            ActivationKind.Clip => x => Math.Min(Math.Max(x, alpha), beta),
            ActivationKind.HardSigmoid => x => Unit((alpha * x) + beta),
            ActivationKind.HardSwish => x => x * Unit((x / 6) + 0.5),

            // At -infinity the quotient has no value, but a limit.
            ActivationKind.Silu => x => double.IsNegativeInfinity(x) ? -0.0 : x / (1 + Math.Exp(-x)),

            // exp(x) - 1 = tanh(x / 2) (exp(x) + 1), which loses nothing near 0.
            ActivationKind.Elu => x => x < 0 ? alpha * Math.Tanh(x / 2) * (Math.Exp(x) + 1) : x,

            // 1 + erf(z) = erfc(-z), which loses nothing far below 0.
            ActivationKind.Gelu => x => x / 2 * ErrorFunction.Complement(-x * RootOfHalf),

            // (1 + tanh(u)) / 2 = 1 / (1 + exp(-2 u)), which loses nothing far below 0.
            ActivationKind.GeluTanh => x => x / (1 + Math.Exp(-2 * RootOf2OverPi * (x + (0.044715 * x * x * x)))),

            // log(1 + exp(x)) = max(x, 0) + log(1 + e) with e = exp(-|x|), and log(1 + e) = 2 artanh(e / (2 + e)).
            ActivationKind.Softplus => x => Math.Max(x, 0) + (2 * Math.Atanh(Math.Exp(-Math.Abs(x)) / (2 + Math.Exp(-Math.Abs(x))))),
            ActivationKind.ParametricRelu => x => x < 0 ? slope * x : x,
            ActivationKind.Selu => x => beta * (x < 0 ? alpha * Math.Tanh(x / 2) * (Math.Exp(x) + 1) : x),
            _ => throw new BackendException($"Layer '{layer}': the reference backend does not know the activation {activation.Kind}."),
        };
    }

    private static double Unit(double x) => Math.Min(Math.Max(x, 0), 1);
}
