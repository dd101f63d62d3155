using Convoy.Profiling;

namespace Convoy.Cli.Reports;

/// <summary>What a comparison came to, for people.</summary>
internal static class ChangeNames
{
    /// <summary>"no difference".</summary>
    public static string Of(Change change) => change switch
    {
        Change.NoDifference => "no difference",
        Change.Faster => "faster",
        Change.Slower => "slower",
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, "There is no such change."),
    };

    /// <summary>"faster by 10.2 %".</summary>
    public static string Of(SpeedChange change) => change.Change == Change.NoDifference
        ? $"{Of(change.Change)}{(change.IsMachine ? " but the machine's" : "")}"
        : FormattableString.Invariant($"{Of(change.Change)} by {Math.Abs(change.ChangePercent):F1} %");
}
