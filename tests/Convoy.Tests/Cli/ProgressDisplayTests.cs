using System.Text;
using Convoy.Cli.Output;
using Spectre.Console;

namespace Convoy.Tests.Cli;

/// <summary>How far work is shown to be.</summary>
public sealed class ProgressDisplayTests
{
    // No timing is tested: what is not shown by then never is.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [TestCase(40, "24 %", "left", "3 errors")]
    [TestCase(80, "1,200 of 5,000 images", "24 %", "images/s", "left", "3 errors")]
    [TestCase(120, "1,200 of 5,000 images", "24 %", "images/s", "left", "3 errors", "━")]
    public async Task A_terminal_shows_count_rate_time_and_errors_on_one_line(int width, params string[] expected)
    {
        var error = new SharedWriter();
        IAnsiConsole console = CreateTerminal(error);
        bool isShown = await new ProgressDisplay(console, () => width, null).RunAsync(new ProgressText("Counting", 5000, "images"), counter =>
        {
            counter.RaiseTo(1200);
            Array.ForEach([1, 2, 3], _ => counter.AddError());
            return error.WaitForAsync("errors");
        });
        string[] lines = error.WithoutCodes().Split('\r', '\n').Where(line => line.Length > 0).ToArray();
        Assert.That(isShown, error.ToString());
        Assert.That(lines.Select(line => line.Length), Is.All.LessThan(width), "the last column is free");
        Assert.That(lines[0], Does.StartWith("Counting"));
        Assert.That(expected.Where(part => !lines[0].Contains(part, StringComparison.Ordinal)), Is.Empty, lines[0]);
    }

    [Test]
    public async Task A_log_gets_a_line_after_a_second_and_then_seldom()
    {
        var error = new SharedWriter();
        var clock = new HurriedClock();
        var terminal = new Terminal(TextWriter.Null, error, outputIsTerminal: false, errorIsTerminal: false, log: clock);
        bool isShown = await terminal.Progress.RunAsync(new ProgressText("Counting", 100), counter =>
        {
            counter.RaiseTo(50);
            counter.Stage = "native";
            return error.WaitForAsync("\n", times: 5);
        });
        Assert.That(isShown, error.ToString());
        Assert.That(error.ToString().Split('\n')[..5], Is.All.Match(@"^convoy: Counting \(native\): 50 %, \d+ (s|min) left$"));
        Assert.That(clock.Waits[..5], Is.EqualTo(new double[] { 1, 10, 11, 22, 44 }));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_part_of_the_work_is_shown_in_its_place_and_counted_from_its_beginning(bool isTerminal)
    {
        var error = new SharedWriter();
        ProgressDisplay display = isTerminal
            ? new ProgressDisplay(CreateTerminal(error), () => 120, null)
            : new Terminal(TextWriter.Null, error, outputIsTerminal: false, errorIsTerminal: false, log: new HurriedClock()).Progress;
        bool isShown = await display.RunAsync(new ProgressText("Counting", 10), counter =>
        {
            counter.RaiseTo(10);
            counter.Begin(new ProgressText("Weighing", 4));
            counter.RaiseTo(1);
            return error.WaitForAsync("25 %");
        });
        Assert.That(isShown, error.ToString());
        Assert.That(error.WithoutCodes(), Does.Contain("Weighing").And.Not.Contains("Counting"));
    }

    [Test]
    public async Task Short_work_and_logs_that_nobody_asked_for_stay_empty()
    {
        var error = new SharedWriter();
        await new Terminal(TextWriter.Null, error, outputIsTerminal: false, errorIsTerminal: false, log: TimeProvider.System).Progress.RunAsync("Counting", () => 1);
        await new ProgressDisplay(CreateTerminal(error), () => 80, null).RunAsync("Counting", () => 1);
        Assert.That(error.ToString(), Is.Empty);
    }

    [TestCase(null, "", 0, 3, "3 s")]
    [TestCase(null, "images", 1200, 3, "1,200 images, 400 images/s, 3 s")]
    [TestCase(5000L, "images", 0, 3, "0 %, 3 s")]
    [TestCase(5000L, "images", 1250, 10, "1,250 of 5,000 images, 125 images/s, 25 %, 30 s left")]
    [TestCase(100L, "", 10, 60, "10 %, 9 min left")]
    public void What_is_said_is_what_is_known(long? total, string unit, long done, int seconds, string expected)
    {
        var counter = new ProgressCounter();
        counter.Add(done);
        Assert.That(new ProgressText("Counting", total, unit).Describe(counter, TimeSpan.FromSeconds(seconds)), Is.EqualTo(expected));
    }

    [Test]
    public void Facts_come_first_and_what_went_wrong_has_a_name()
    {
        var counter = new ProgressCounter { Facts = "1 of 4 combinations, 310 images/s" };
        counter.RaiseTo(100);
        counter.AddError();
        counter.AddError();
        var text = new ProgressText("Measuring", 400, Failure: "failed combination");
        Assert.That(text.Describe(counter, TimeSpan.FromSeconds(2)), Is.EqualTo("1 of 4 combinations, 310 images/s, 25 %, 6 s left, 2 failed combinations"));
        counter.Begin(new ProgressText("Weighing"));
        Assert.That(counter.Facts, Is.Empty);
    }

    private static IAnsiConsole CreateTerminal(TextWriter error) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        ColorSystem = ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.Yes,
        Out = new WideOutput(error),
    });

    /// <summary>A terminal that never wraps, so that a line too long would be seen.</summary>
    private sealed class WideOutput(TextWriter writer) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => 1000;

        public int Height => 50;

        public void SetEncoding(Encoding encoding)
        {
        }
    }

    /// <summary>A clock on which each wait is over at once and takes exactly as long as it was to; it keeps how long that was.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        private readonly List<double> _waits = [];
        private long _now;

        public double[] Waits
        {
            get
            {
                lock (_waits)
                {
                    return [.. _waits];
                }
            }
        }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _now);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            lock (_waits)
            {
                _waits.Add(dueTime.TotalSeconds);
            }

            Interlocked.Add(ref _now, dueTime.Ticks);
            return System.CreateTimer(callback, state, TimeSpan.FromMilliseconds(1), period);
        }
    }

    /// <summary>A writer that is read while it is written to.</summary>
    private sealed class SharedWriter : TextWriter
    {
        private readonly StringBuilder _text = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value)
        {
            lock (_text)
            {
                _text.Append(value);
            }
        }

        public override string ToString()
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }

        public string WithoutCodes() => System.Text.RegularExpressions.Regex.Replace(ToString(), "\u001b\\[[?0-9;]*[a-zA-Z]", "");

        /// <summary>Waits until a text was written so often; false where it never is.</summary>
        public async Task<bool> WaitForAsync(string text, int times = 1)
        {
            for (DateTime end = DateTime.UtcNow + Patience; ToString().Split(text).Length <= times; await Task.Delay(20))
            {
                if (DateTime.UtcNow > end)
                {
                    return false;
                }
            }

            return true;
        }
    }
}
