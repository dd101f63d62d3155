using Convoy.Profiling;

namespace Convoy.Cli.Reports;

/// <summary>What a comparison came to, for people.</summary>
internal static class ChangeNames
{
    /// <summary>"slower", whose percents have a column of their own.</summary>
    public static string Of(TimeChange change) => Of(change.Change, change.IsMachine);

    /// <summary>"faster by 10.2 %".</summary>
    public static string Of(SpeedChange change) => change.Change == Change.NoDifference
        ? Of(change.Change, change.IsMachine)
        : FormattableString.Invariant($"{Of(change.Change)} by {Math.Abs(change.ChangePercent):F1} %");

    private static string Of(Change change, bool isMachine) => $"{Of(change)}{(isMachine ? " (memory speed)" : "")}";

    private static string Of(Change change) => change switch
    {
        Change.NoDifference => "no difference",
        Change.Faster => "faster",
        Change.Slower => "slower",
        _ => throw new ArgumentOutOfRangeException(nameof(change), change, "There is no such change."),
    };
}
