using System.Globalization;

namespace Convoy.Cli.Output;

/// <summary>A value in a report: rounded and grouped for people, exact for programs. Never formatted by culture.</summary>
/// <param name="Text">For people: "62,378,344".</param>
/// <param name="Raw">For programs: "62378344".</param>
internal readonly record struct Cell(string Text, string Raw)
{
    /// <summary>Nothing.</summary>
    public static Cell Empty { get; } = new("", "");

    /// <summary>Words.</summary>
    public static Cell Of(string? text) => new(text ?? "", text ?? "");

    /// <summary>A whole number.</summary>
    public static Cell Of(long value) =>
        new(value.ToString("N0", CultureInfo.InvariantCulture), value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A whole number, or nothing.</summary>
    public static Cell Of(long? value) => value is { } number ? Of(number) : Empty;

    /// <summary>A number with so many decimals for people.</summary>
    public static Cell Of(double value, int decimals) =>
        new(value.ToString($"N{decimals}", CultureInfo.InvariantCulture), value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A number with three significant digits for people; one that has none before the seventh decimal, with an exponent.</summary>
    public static Cell Significant(double value)
    {
        if (Math.Abs(value) is > 0 and < 1e-6)
        {
            return new(value.ToString("0.00e-0", CultureInfo.InvariantCulture), value.ToString(CultureInfo.InvariantCulture));
        }

        bool hasMagnitude = double.IsFinite(value) && value != 0;
        int digitsBeforePoint = hasMagnitude ? (int)Math.Floor(Math.Log10(Math.Abs(value))) + 1 : 3;
        return Of(value, Math.Clamp(3 - digitsBeforePoint, 0, 6));
    }

    /// <summary>A probability, from 0 to 1.</summary>
    public static Cell Probability(float value) =>
        new(value.ToString("F4", CultureInfo.InvariantCulture), value.ToString(CultureInfo.InvariantCulture));

    /// <summary>A fraction as a percentage with two decimals for people, as it is for programs.</summary>
    public static Cell Percent(double? fraction) => fraction is { } share
        ? new((100 * share).ToString("F2", CultureInfo.InvariantCulture), share.ToString(CultureInfo.InvariantCulture))
        : new("", "");

    /// <summary>A whole number of a larger unit for people, exact for programs: 234,881,024 bytes as "234.9".</summary>
    public static Cell Scaled(long value, double unit, int decimals) =>
        new((value / unit).ToString($"N{decimals}", CultureInfo.InvariantCulture), value.ToString(CultureInfo.InvariantCulture));
}
