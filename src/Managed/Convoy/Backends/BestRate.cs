using System.Diagnostics;

namespace Convoy.Backends;

/// <summary>
/// The best of many short rounds. What else a machine does only takes away from a rate, and rounds that are short against the
/// time that another program gets the processor for go undisturbed now and then, on a busy machine too.
/// </summary>
internal sealed class BestRate
{
    // A best that is reached again so nearly is no accident.
    private const double Tolerance = 0.02;

    // Of rounds that are averaged, those that another program kept waiting.
    private const int SlowestPart = 100;

    private readonly double[] _best = new double[3];
    private bool _isDoubtful;

    /// <summary>The largest rate of the rounds that were not disturbed.</summary>
    /// <exception cref="BackendException">All were.</exception>
    public double Best => _best[0] > 0 ? _best[0] : throw new BackendException(
        "Other programs kept its threads from running at once; measure again when the machine has less to do (convoy devices --refresh).");

    /// <summary>Whether it was reached several times.</summary>
    public bool IsSettled => !_isDoubtful && _best[^1] > 0 && _best[^1] >= (1 - Tolerance) * _best[0];

    /// <summary>Runs rounds until the best is settled.</summary>
    /// <param name="least">How long to go on in any case.</param>
    /// <param name="most">How long to wait for a best that does not settle.</param>
    /// <param name="round">Does a round and returns its rate.</param>
    public static BestRate Of(TimeSpan least, TimeSpan most, Func<double> round) => Of(least, most, () => (round(), false));

    /// <summary>The same of rounds that tell whether something disturbed them.</summary>
    /// <param name="least">How long to go on in any case.</param>
    /// <param name="most">How long to wait for a best that does not settle.</param>
    /// <param name="round">Does a round and returns its rate, and whether it was disturbed and does not count.</param>
    public static BestRate Of(TimeSpan least, TimeSpan most, Func<(double Rate, bool IsDisturbed)> round)
    {
        var rate = new BestRate();
        long begin = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        do
        {
            (double value, bool isDisturbed) = round();
            rate.Add(value, isDisturbed);
            elapsed = Stopwatch.GetElapsedTime(begin);
        }
        while (elapsed < least || (!rate.IsSettled && elapsed < most));
        return rate;
    }

    /// <summary>Counts a round.</summary>
    public void Add(double rate, bool isDisturbed = false)
    {
        for (int i = 0; i < _best.Length && !isDisturbed; i++)
        {
            if (rate > _best[i])
            {
                (_best[i], rate) = (rate, _best[i]);
            }
        }
    }

    /// <summary>Has it count as not settled, however often it was reached.</summary>
    public void Doubt() => _isDoubtful = true;

    /// <summary>The mean of so many rounds without the slowest hundredth: of what takes one of several times, so that a median would be either.</summary>
    public static double MeanOf(int rounds, Func<double> round) =>
        Enumerable.Range(0, rounds).Select(_ => round()).Order().Take(rounds - (rounds / SlowestPart)).Average();

    /// <summary>The median of so many rounds: of what is too short to be told from the clock's own steps.</summary>
    public static double MedianOf(int rounds, Func<double> round)
    {
        double[] all = [.. Enumerable.Range(0, rounds).Select(_ => round())];
        Array.Sort(all);
        return all[rounds / 2];
    }
}
