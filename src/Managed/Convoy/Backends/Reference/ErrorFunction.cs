namespace Convoy.Backends.Reference;

/// <summary>
/// The error function's complement, erfc(x) = 2 / sqrt(pi) times the integral of exp(-t^2) from x on, to about twelve digits
/// (Abramowitz and Stegun, "Handbook of mathematical functions", 7.1.6 and 7.1.14): .NET has none.
/// </summary>
internal static class ErrorFunction
{
    // From here on the continued fraction takes fewer terms than the series; with so many, both have converged.
    private const double Far = 2;
    private const int Terms = 120;

    /// <summary>1 - erf(x), between 0 and 2.</summary>
    public static double Complement(double x) => x switch
    {
        < 0 => 2 - Complement(-x),
        < Far => 1 - Series(x),
        _ => Fraction(x),
    };

    /// <summary>erf(x) = 2 / sqrt(pi) exp(-x^2) (x + 2 x^3 / 3 + 4 x^5 / 15 + ...): all terms positive, none cancel.</summary>
    private static double Series(double x)
    {
        double term = x;
        double sum = x;
        for (int n = 1; n < Terms; n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    /// <summary>erfc(x) = exp(-x^2) / sqrt(pi) / (x + (1/2) / (x + (2/2) / (x + (3/2) / (x + ...)))), from the inside out.</summary>
    private static double Fraction(double x)
    {
        double tail = x;
        for (int n = Terms; n > 0; n--)
        {
            tail = x + (n / 2.0 / tail);
        }

        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / tail;
    }
}
