using System.Diagnostics;

namespace Convoy.Bench.Peers;

/// <summary>
/// Times two engines in turns, in one process, so that whatever else slows the machine down slows both. Each round gives
/// one speed of each and one ratio; who begins alternates. Between turns both rest, until no thread of either spins.
/// </summary>
internal static class Duel
{
    // More rounds than these when turns are short; no fewer when a single run is long.
    private const int UsualRounds = 15;
    private const int FewestRounds = 5;

    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(5);

    /// <summary>Runs both in turns for as many seconds as asked, or a little longer.</summary>
    public static DuelResult Fight(IEngine left, IEngine right, int batch, double seconds)
    {
        double secondsPerTurn = seconds / (2 * UsualRounds);
        int leftRuns = CountRuns(left, secondsPerTurn);
        int rightRuns = CountRuns(right, secondsPerTurn);
        var leftSpeeds = new List<double>();
        var rightSpeeds = new List<double>();
        long begin = Stopwatch.GetTimestamp();
        while (leftSpeeds.Count < FewestRounds || Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds)
        {
            if (leftSpeeds.Count % 2 == 0)
            {
                leftSpeeds.Add(Time(left, leftRuns, batch));
                rightSpeeds.Add(Time(right, rightRuns, batch));
            }
            else
            {
                rightSpeeds.Add(Time(right, rightRuns, batch));
                leftSpeeds.Add(Time(left, leftRuns, batch));
            }
        }

        return new DuelResult(
            Quartiles.Of(leftSpeeds), Quartiles.Of(rightSpeeds), Quartiles.Of(leftSpeeds.Zip(rightSpeeds, (a, b) => a / b)));
    }

    private static int CountRuns(IEngine engine, double seconds)
    {
        // The first runs are slower than the others.
        Time(engine, 2, 1);
        double runsPerSecond = Time(engine, 1, 1);
        return (int)Math.Clamp(runsPerSecond * seconds, 1, 1_000_000);
    }

    /// <summary>Images a second.</summary>
    private static double Time(IEngine engine, int runs, int batch)
    {
        Thread.Sleep(Rest);
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < runs; i++)
        {
            engine.Run();
        }

        return (double)runs * batch / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}

/// <summary>Two engines' speeds in images a second, and the first's by the second's, round by round.</summary>
internal sealed record DuelResult(Quartiles Left, Quartiles Right, Quartiles Ratio);
