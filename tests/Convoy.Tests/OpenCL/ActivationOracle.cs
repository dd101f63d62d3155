namespace Convoy.Tests.OpenCL;

/// <summary>Activations as their definitions read, in double precision, with their limits at infinity.</summary>
internal static class ActivationOracle
{
    /// <summary>The function of a number.</summary>
    /// <param name="function">The activation.</param>
    /// <param name="x">The number.</param>
    /// <param name="slope">The slope of its channel, where there is one.</param>
    public static double Compute(Activation function, double x, double slope = 0) => function.Kind switch
    {
        _ when double.IsNaN(x) => x,
        ActivationKind.None => x,
        ActivationKind.Relu => Math.Max(x, 0),
        ActivationKind.Tanh => Math.Tanh(x),
        ActivationKind.Sigmoid => 1 / (1 + Math.Exp(-x)),
        ActivationKind.LeakyRelu => x < 0 ? function.Alpha * x : x,
        ActivationKind.Clip => Math.Min(Math.Max(x, function.Alpha), function.Beta),
        ActivationKind.HardSigmoid => Math.Clamp((function.Alpha * x) + function.Beta, 0, 1),
        ActivationKind.HardSwish => x < -3 ? 0 : x * Math.Min((x + 3) / 6, 1),
        ActivationKind.Silu => double.IsNegativeInfinity(x) ? 0 : x / (1 + Math.Exp(-x)),
        ActivationKind.Elu => x < 0 ? function.Alpha * ExpMinusOne(x) : x,
        ActivationKind.Gelu => double.IsNegativeInfinity(x) ? 0 : x / 2 * ErrorFunctionComplement(-x / Math.Sqrt(2)),
        ActivationKind.GeluTanh => double.IsInfinity(x) ? Math.Max(x, 0) : x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        ActivationKind.Softplus => x > 40 ? x : x < -30 ? Math.Exp(x) : Math.Log(1 + Math.Exp(x)),
        ActivationKind.ParametricRelu => x < 0 ? slope * x : x,
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, null),
    };

    // The difference would cancel out near 0.
    private static double ExpMinusOne(double x) => Math.Abs(x) < 1e-3 ? x * (1 + (x / 2 * (1 + (x / 3 * (1 + (x / 4)))))) : Math.Exp(x) - 1;

    /// <summary>1 - erf(x): by the series (Abramowitz and Stegun 7.1.6) near 0, and the continued fraction (7.1.14) beyond.</summary>
    private static double ErrorFunctionComplement(double x)
    {
        if (x < 0)
        {
            return 2 - ErrorFunctionComplement(-x);
        }

        double scale = Math.Exp(-x * x) / Math.Sqrt(Math.PI);
        if (x > 2.5)
        {
            double fraction = x;
            for (int k = 200; k > 0; k--)
            {
                fraction = x + (k / 2.0 / fraction);
            }

            return scale / fraction;
        }

        double term = x;
        double sum = x;
        for (int n = 1; n < 100; n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 1 - (2 * scale * sum);
    }
}
