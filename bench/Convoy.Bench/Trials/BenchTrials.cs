using System.Globalization;
using Convoy.Profiling;

namespace Convoy.Bench.Trials;

/// <summary>
/// All pairs of documents that one build's <c>convoy bench</c> made, compared as <c>--compare</c> does it: each that is called
/// different is called so wrongly. What that caution costs is tried with the times of one multiplied by 1.1.
/// </summary>
internal static class BenchTrials
{
    private const double Slowdown = 1.1;

    // Nine times of ten a build is to be called no different from itself.
    private const double MostDifferent = 0.1;

    /// <summary>Makes documents, and counts; returns 1 where too many pairs are called different.</summary>
    public static int Run(ConvoyProcess convoy, string[] arguments, int count, string folder)
    {
        Directory.CreateDirectory(folder);
        int before = Directory.GetFiles(folder, "*.json").Length;
        for (int i = 0; i < count; i++)
        {
            convoy.Run(["bench", .. arguments], Path.Combine(folder, FormattableString.Invariant($"{before + i:0000}.json")));
        }

        IReadOnlyList<BenchResult>[] documents = [.. Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(Read)];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{documents.Length} documents of 'convoy bench {string.Join(' ', arguments)}'; all pairs, in percent"));
        Console.WriteLine($"{"combination",-44} {"pairs",6} {"apart",6} {"different",10} {"the machine's",14} {"10 % found",11}");
        Tally all = documents.SelectMany(document => document).GroupBy(BenchKey.Of).Select(Count).Aggregate(new Tally(), (sum, each) => sum + each);
        Console.WriteLine(Describe("all", all, ""));
        return all.Different > MostDifferent * all.Pairs ? 1 : 0;
    }

    private static IReadOnlyList<BenchResult> Read(string file)
    {
        using FileStream stream = File.OpenRead(file);
        return BenchJson.Read(stream);
    }

    private static Tally Count(IGrouping<BenchKey, BenchResult> alike)
    {
        BenchResult[] results = [.. alike];
        var tally = new Tally();
        for (int i = 0; i < results.Length; i++)
        {
            for (int j = i + 1; j < results.Length; j++)
            {
                SpeedChange found = Compare(results[i], results[j]);
                tally += new Tally(
                    1,
                    found.Change == Change.NoDifference ? 0 : 1,
                    found.IsMachine ? 1 : 0,
                    Compare(results[i], Slow(results[j])).Change == Change.Slower ? 1 : 0);
            }
        }

        double[] speeds = [.. results.Select(each => each.ImagesPerSecond)];
        Console.WriteLine(Describe(alike.Key.ToString(), tally, (100 * ((speeds.Max() / speeds.Min()) - 1)).ToString("F0", CultureInfo.InvariantCulture)));
        return tally;
    }

    private static SpeedChange Compare(BenchResult earlier, BenchResult later) => BenchComparison.Compare([later], [earlier], "earlier").Results[0].Comparison!;

    private static BenchResult Slow(BenchResult result) => result with
    {
        ImagesPerSecond = result.ImagesPerSecond / Slowdown,
        SliceMilliseconds = [.. result.SliceMilliseconds.Select(time => time * Slowdown)],
        Latency = result.Latency is { } latency ? latency with { Min = latency.Min * Slowdown } : null,
    };

    private static string Describe(string name, Tally tally, string apart)
    {
        return string.Create(CultureInfo.InvariantCulture, $"{name,-44} {tally.Pairs,6} {apart,6} {Percent(tally.Different),10} {Percent(tally.Machine),14} {Percent(tally.Found),11}");

        string Percent(int count) => (100.0 * count / Math.Max(1, tally.Pairs)).ToString("F1", CultureInfo.InvariantCulture);
    }

    /// <summary>Pairs: those called different, those whose difference is the machine's, and those whose slower one is found when it is slowed.</summary>
    private readonly record struct Tally(int Pairs, int Different, int Machine, int Found)
    {
        public static Tally operator +(Tally x, Tally y) => new(x.Pairs + y.Pairs, x.Different + y.Different, x.Machine + y.Machine, x.Found + y.Found);
    }
}
