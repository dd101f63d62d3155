namespace Convoy.Cli.Output;

/// <summary>Numbers of things in sentences.</summary>
internal static class Counted
{
    /// <summary>"1 tensor", "1,234 tensors".</summary>
    public static string Of(long count, string thing) => FormattableString.Invariant($"{count:N0} {thing}{(count == 1 ? "" : "s")}");
}
