using System.Diagnostics;
using Spectre.Console;

namespace Convoy.Cli.Output;

/// <summary>How far work is; the one who works counts, the display reads.</summary>
internal sealed class ProgressCounter
{
    private long _done;

    /// <summary>Units done.</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>Counts units.</summary>
    public void Add(long units) => Interlocked.Add(ref _done, units);

    /// <summary>Counts units up to so many, for one who works alone.</summary>
    public void RaiseTo(long units) => Interlocked.Exchange(ref _done, Math.Max(Done, units));
}

/// <summary>Draws a bar for work that takes more than a second, where the error stream is a terminal.</summary>
internal sealed class ProgressDisplay(IAnsiConsole console, bool isTerminal)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Works, on another thread, and shows how far the work is.</summary>
    /// <param name="what">What is done: "Classifying".</param>
    /// <param name="total">Units of work in all; null where it is not known.</param>
    /// <param name="work">The work; it counts its units as they are done.</param>
    public async Task<T> RunAsync<T>(string what, long? total, Func<ProgressCounter, Task<T>> work)
    {
        var counter = new ProgressCounter();
        Task<T> running = Task.Run(() => work(counter));

        // What cannot be drawn over is written as lines of percents, which work of unknown length does not have.
        bool isShown = isTerminal && (total is not null || console.Profile.Capabilities.Ansi);
        if (isShown && await Task.WhenAny(running, Task.Delay(Patience)).ConfigureAwait(false) != running)
        {
            await DrawAsync(what, total, counter, running).ConfigureAwait(false);
        }

        return await running.ConfigureAwait(false);
    }

    /// <summary>Works without a count of units.</summary>
    public Task<T> RunAsync<T>(string what, Func<T> work) => RunAsync(what, null, _ => Task.FromResult(work()));

    private Task DrawAsync(string what, long? total, ProgressCounter counter, Task running)
    {
        var start = Stopwatch.StartNew();
        ProgressColumn[] columns = total is null
            ? [new SpinnerColumn(), new TaskDescriptionColumn(), new ElapsedTimeColumn()]
            : [new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()];
        return new Progress(console) { AutoClear = true, ExcludeVerticalPadding = true }.Columns(columns).StartAsync(async context =>
        {
            ProgressTask task = context.AddTask(Markup.Escape(what), new ProgressTaskSettings { MaxValue = total ?? 1 });
            task.IsIndeterminate = total is null;
            while (!running.IsCompleted)
            {
                task.Value = total is { } all ? Math.Min(counter.Done, all) : 0;
                if (total is null && counter.Done > 0)
                {
                    double rate = counter.Done / (start.Elapsed + Patience).TotalSeconds;
                    task.Description = Markup.Escape(FormattableString.Invariant($"{what}: {counter.Done:N0} ({rate:N0} a second)"));
                }

                await Task.WhenAny(running, Task.Delay(Interval)).ConfigureAwait(false);
            }
        });
    }
}
