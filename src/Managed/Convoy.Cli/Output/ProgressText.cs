namespace Convoy.Cli.Output;

/// <summary>How far work is, in words: "Evaluating: 1,234 of 5,000 images, 310 images/s, 24 %, 13 s left, 3 errors".</summary>
/// <param name="What">What is done: "Evaluating".</param>
/// <param name="Total">Units of work in all; null where it is not known.</param>
/// <param name="Unit">What is counted: "images"; "" where the count says nothing to people.</param>
/// <param name="Failure">What one of those is called that went wrong.</param>
internal sealed record ProgressText(string What, long? Total = null, string Unit = "", string Failure = "error")
{
    private const int MostSeconds = 100;

    /// <summary>The work's name, with what is being done just now.</summary>
    public string TitleOf(ProgressCounter counter) => Terminal.OneLine(counter.Stage.Length > 0 ? $"{What} ({counter.Stage})" : What);

    /// <summary>Which share of the work is done, from 0 to 1; null where that is not known.</summary>
    public double? ShareOf(ProgressCounter counter) => Total is > 0 and { } all ? Math.Min(1, (double)counter.Done / all) : null;

    /// <summary>How far it is after a time, without its name.</summary>
    public string Describe(ProgressCounter counter, TimeSpan elapsed)
    {
        long done = counter.Done;
        double seconds = elapsed.TotalSeconds;
        List<string> parts = counter.Facts is { Length: > 0 } facts ? [facts] : [];
        if (Unit.Length > 0 && done > 0)
        {
            parts.Add(FormattableString.Invariant($"{done:N0}{(Total is { } all ? FormattableString.Invariant($" of {all:N0}") : "")} {Unit}"));
            parts.Add($"{Cell.Significant(done / seconds).Text} {Unit}/s");
        }

        double? share = ShareOf(counter);
        if (share is { } part)
        {
            parts.Add(FormattableString.Invariant($"{Math.Floor(100 * part):N0} %"));
        }

        parts.Add(share > 0 ? $"{TextOf(seconds * (1 - share.Value) / share.Value)} left" : TextOf(seconds));
        if (counter.Errors is > 0 and var errors)
        {
            parts.Add(Counted.Of(errors, Failure));
        }

        return string.Join(", ", parts);
    }

    private static string TextOf(double seconds) => seconds < MostSeconds
        ? FormattableString.Invariant($"{Math.Ceiling(seconds):N0} s")
        : FormattableString.Invariant($"{Math.Ceiling(seconds / 60):N0} min");
}
