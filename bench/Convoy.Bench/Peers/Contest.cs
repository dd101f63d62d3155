using System.Diagnostics;

namespace Convoy.Bench.Peers;

/// <summary>
/// Times contestants in turns, in one process, so that whatever else slows the machine down slows all of them. Each round
/// gives one speed of each; each begins in turn. Between turns all rest until no thread of any spins, since each engine may do
/// so as it does by default, and would slow the next one down.
/// </summary>
internal sealed class Contest
{
    // More rounds than these when turns are short; no fewer when a single run is long.
    private const int UsualRounds = 15;
    private const int FewestRounds = 5;

    // What outlasts the engines' spinning. ONNX Runtime 1.31's threads spin for 33 to 40 ms behind a run: the processor time of a
    // process that sleeps after Run, read each half a millisecond, on Zen 4. Convoy's do for half a millisecond (ThreadTeam).
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(60);

    // A turn is so many times as long as the rest before it, at least, so that little time is lost, and little of a turn is
    // the waking of threads.
    private const int RestsPerTurn = 4;

    // Runs are counted by a trial of at least such a part of a turn.
    private const int TrialsPerTurn = 4;
    private const int MostRuns = 1_000_000;

    private readonly List<double>[] _speeds;

    private Contest(int contestants) => _speeds = [.. Enumerable.Range(0, contestants).Select(_ => new List<double>())];

    /// <summary>Runs them in turns for as many seconds as asked, or a little longer.</summary>
    public static Contest Hold(double seconds, params Contestant[] contestants)
    {
        double secondsPerTurn = Math.Max(seconds / (contestants.Length * UsualRounds), RestsPerTurn * Rest.TotalSeconds);
        int[] runs = [.. contestants.Select(contestant => CountRuns(contestant, secondsPerTurn))];
        var contest = new Contest(contestants.Length);
        long begin = Stopwatch.GetTimestamp();
        for (int round = 0; round < FewestRounds || Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds; round++)
        {
            for (int turn = 0; turn < contestants.Length; turn++)
            {
                int i = (round + turn) % contestants.Length;
                contest._speeds[i].Add(runs[i] * contestants[i].WorkPerRun / Time(contestants[i], runs[i]));
            }
        }

        return contest;
    }

    /// <summary>A contestant's work a second. Contestants are numbered in the order given.</summary>
    public Quartiles SpeedOf(int contestant) => Quartiles.Of(_speeds[contestant]);

    /// <summary>One contestant's speed by another's, round by round.</summary>
    public Quartiles RatioOf(int contestant, int other) => Quartiles.Of(_speeds[contestant].Zip(_speeds[other], (a, b) => a / b));

    /// <summary>How many runs take so long. Few runs are timed first: they wake threads, and say little of how long many take.</summary>
    private static int CountRuns(Contestant contestant, double seconds)
    {
        // The very first runs are slower than the others.
        Time(contestant, 2);
        int runs = 1;
        double taken = Time(contestant, runs);
        while (taken < seconds / TrialsPerTurn && runs < MostRuns)
        {
            runs *= TrialsPerTurn;
            taken = Time(contestant, runs);
        }

        return (int)Math.Clamp(runs * seconds / taken, 1, MostRuns);
    }

    /// <summary>The seconds that so many runs take, after a rest.</summary>
    private static double Time(Contestant contestant, int runs)
    {
        Thread.Sleep(Rest);
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < runs; i++)
        {
            contestant.Run();
        }

        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}

/// <summary>Who takes turns: what a turn runs, and the work it does each time, such as images.</summary>
internal readonly record struct Contestant(Action Run, double WorkPerRun);
