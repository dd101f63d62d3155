using System.Globalization;

namespace Convoy.Backends.OpenCL.Trials;

/// <summary>How long a driver that is tried may take to answer: as the user says, or else what suffices for most.</summary>
internal static class TrialPatience
{
    /// <summary>The variable that says it, in seconds.</summary>
    public const string Variable = "CONVOY_OPENCL_TIMEOUT";

    private const double Least = 0.001;
    private const double Most = 1e6;

    // Drivers answer within a second or two; a machine may be busy.
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(30);

    /// <summary>The user's, or the usual one where the variable is empty or says none.</summary>
    public static TimeSpan FromEnvironment() => Parse(Environment.GetEnvironmentVariable(Variable)) ?? Usual;

    /// <summary>What is wrong with the variable's value, in a sentence; null where nothing is.</summary>
    public static string? FindProblem(string? value) => string.IsNullOrWhiteSpace(value) || Parse(value) is not null
        ? null
        : FormattableString.Invariant($"{Variable} is '{value}', which is no number of seconds from {Least} to {Most:N0}; correct or unset it.");

    private static TimeSpan? Parse(string? value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is >= Least and <= Most
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
