using System.Diagnostics;

namespace Convoy.Bench.Peers;

/// <summary>
/// Times contestants in turns, in one process, so that whatever else slows the machine down slows all of them. Each round
/// gives one speed of each; each begins in turn. Between turns all rest, until no thread of any spins.
/// </summary>
internal sealed class Contest
{
    // More rounds than these when turns are short; no fewer when a single run is long.
    private const int UsualRounds = 15;
    private const int FewestRounds = 5;

    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(5);

    private readonly List<double>[] _speeds;

    private Contest(int contestants) => _speeds = [.. Enumerable.Range(0, contestants).Select(_ => new List<double>())];

    /// <summary>Runs them in turns for as many seconds as asked, or a little longer.</summary>
    public static Contest Hold(double seconds, params Contestant[] contestants)
    {
        double secondsPerTurn = seconds / (contestants.Length * UsualRounds);
        int[] runs = [.. contestants.Select(contestant => CountRuns(contestant, secondsPerTurn))];
        var contest = new Contest(contestants.Length);
        long begin = Stopwatch.GetTimestamp();
        for (int round = 0; round < FewestRounds || Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds; round++)
        {
            for (int turn = 0; turn < contestants.Length; turn++)
            {
                int i = (round + turn) % contestants.Length;
                contest._speeds[i].Add(Time(contestants[i], runs[i]));
            }
        }

        return contest;
    }

    /// <summary>A contestant's work a second. Contestants are numbered in the order given.</summary>
    public Quartiles SpeedOf(int contestant) => Quartiles.Of(_speeds[contestant]);

    /// <summary>One contestant's speed by another's, round by round.</summary>
    public Quartiles RatioOf(int contestant, int other) => Quartiles.Of(_speeds[contestant].Zip(_speeds[other], (a, b) => a / b));

    private static int CountRuns(Contestant contestant, double seconds)
    {
        // The first runs are slower than the others.
        Time(contestant, 2);
        double runsPerSecond = Time(contestant, 1) / contestant.WorkPerRun;
        return (int)Math.Clamp(runsPerSecond * seconds, 1, 1_000_000);
    }

    /// <summary>Work a second.</summary>
    private static double Time(Contestant contestant, int runs)
    {
        Thread.Sleep(Rest);
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < runs; i++)
        {
            contestant.Run();
        }

        return runs * contestant.WorkPerRun / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}

/// <summary>Who takes turns: what a turn runs, and the work it does each time, such as images.</summary>
internal readonly record struct Contestant(Action Run, double WorkPerRun);
