using Spectre.Console;

namespace Convoy.Cli.Output;

/// <summary>
/// Shows on the error stream how far work is. On a terminal that is a line which is drawn again and again, from the first second
/// on; elsewhere it is a line now and then, so that a log shows life and is not filled by it.
/// </summary>
/// <param name="console">The error stream.</param>
/// <param name="findWidth">Its width.</param>
/// <param name="log">The clock by which lines are written where nothing can be drawn; null where none are to be.</param>
internal sealed class ProgressDisplay(IAnsiConsole console, Func<int> findWidth, TimeProvider? log)
{
    private const int LongestBar = 40;
    private const int BarStep = 8;
    private const char Bar = '━';
    private const string PartSeparator = ", ";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ShortestSilence = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);
    private static readonly Style Done = new(Color.Green);
    private static readonly Style ToDo = new(Color.Grey);

    /// <summary>Works, on another thread, and shows how far the work is.</summary>
    /// <param name="text">What is done, and how much of it there is.</param>
    /// <param name="work">The work; it counts its units as they are done.</param>
    public async Task<T> RunAsync<T>(ProgressText text, Func<ProgressCounter, Task<T>> work)
    {
        var counter = new ProgressCounter(log);
        Task<T> running = Task.Run(() => work(counter));
        if (console.Profile.Capabilities.Ansi)
        {
            await DrawAsync(text, counter, running).ConfigureAwait(false);
        }
        else if (log is not null)
        {
            await WriteLinesAsync(text, counter, running, log).ConfigureAwait(false);
        }

        return await running.ConfigureAwait(false);
    }

    /// <summary>Works without a count of units.</summary>
    public Task<T> RunAsync<T>(string what, Func<T> work) => RunAsync(new ProgressText(what), _ => Task.FromResult(work()));

    /// <summary>The same where the caller has nothing to wait for in between.</summary>
    public T Run<T>(string what, Func<T> work) => RunAsync(what, work).GetAwaiter().GetResult();

    private async Task DrawAsync(ProgressText text, ProgressCounter counter, Task running)
    {
        if (await Task.WhenAny(running, Task.Delay(Patience)).ConfigureAwait(false) == running)
        {
            return;
        }

        await console.Live(new Text("")).AutoClear(true).StartAsync(async live =>
        {
            while (!running.IsCompleted)
            {
                live.UpdateTarget(Draw(counter.Text ?? text, counter));
                await Task.WhenAny(running, Task.Delay(Interval)).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    /// <summary>One line, which leaves the last column free: a terminal goes to the next line with it. The bar has what room there is.</summary>
    private Paragraph Draw(ProgressText text, ProgressCounter counter)
    {
        string title = text.TitleOf(counter);
        string state = text.Describe(counter, counter.Elapsed);
        int width = findWidth() - 1;
        int room = width - TextFit.WidthOf($"{title}  {state}");
        if (text.ShareOf(counter) is not { } share || room < BarStep)
        {
            return new Paragraph(FitState(title, state, width));
        }

        // In steps, so that its end does not dance with the digits.
        int length = Math.Min(room / BarStep * BarStep, LongestBar);
        int done = (int)(share * length);
        return new Paragraph($"{title} ").Append(new string(Bar, done), Done).Append(new string(Bar, length - done), ToDo).Append($" {state}");
    }

    /// <summary>What says most of how far the work is comes last.</summary>
    private static string FitState(string title, string state, int width)
    {
        while (TextFit.WidthOf($"{title}: {state}") > width && state.IndexOf(PartSeparator, StringComparison.Ordinal) is >= 0 and var end)
        {
            state = state[(end + PartSeparator.Length)..];
        }

        return TextFit.Shorten($"{title}: {state}", width);
    }

    /// <summary>
    /// After a second, then after ten more, and then each time that as long has passed again, but each minute.
    /// </summary>
    private async Task WriteLinesAsync(ProgressText text, ProgressCounter counter, Task running, TimeProvider clock)
    {
        long begin = clock.GetTimestamp();
        TimeSpan silence = Patience;
        while (await Task.WhenAny(running, Task.Delay(silence, clock)).ConfigureAwait(false) != running)
        {
            TimeSpan elapsed = clock.GetElapsedTime(begin);
            ProgressText current = counter.Text ?? text;
            console.Write(new Text($"convoy: {current.TitleOf(counter)}: {current.Describe(counter, counter.Elapsed)}\n"));
            silence = TimeSpan.FromTicks(Math.Clamp(elapsed.Ticks, ShortestSilence.Ticks, LongestSilence.Ticks));
        }
    }
}
