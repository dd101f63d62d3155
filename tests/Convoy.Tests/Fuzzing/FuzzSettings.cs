using System.Globalization;

namespace Convoy.Tests.Fuzzing;

/// <summary>How long random cases are tried and which: a few that are always the same, unless tests/fuzz.sh says otherwise.</summary>
internal static class FuzzSettings
{
    private const string SecondsVariable = "CONVOY_FUZZ_SECONDS";
    private const string CasesVariable = "CONVOY_FUZZ_CASES";
    private const string SeedVariable = "CONVOY_FUZZ_SEED";
    private const string LoopVariable = "CONVOY_FUZZ_LOOP";
    private const string ReplayVariable = "CONVOY_FUZZ_REPLAY";

    /// <summary>Seconds for all loops together; null for the short form, which counts cases and no seconds.</summary>
    public static double? Seconds { get; } = Read(SecondsVariable, double.Parse);

    /// <summary>Cases for each loop, whatever the time; null where none were asked for.</summary>
    public static int? Cases { get; } = Read(CasesVariable, int.Parse);

    /// <summary>The first case's seed; the next ones count on from it.</summary>
    public static int Seed { get; } = Read(SeedVariable, int.Parse) ?? 1;

    /// <summary>The one case to run again; null for all.</summary>
    public static int? Replay { get; } = Read(ReplayVariable, int.Parse);

    /// <summary>Whether one loop has all the time to itself.</summary>
    public static bool IsOneLoop { get; } = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(LoopVariable));

    private static T? Read<T>(string variable, Func<string, IFormatProvider, T> parse)
        where T : struct => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? parse(text, CultureInfo.InvariantCulture) : null;
}
