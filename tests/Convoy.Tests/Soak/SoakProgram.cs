using System.Diagnostics;
using System.Globalization;

namespace Convoy.Tests.Soak;

/// <summary>The soak as a program, which tests/soak.sh starts: rounds for so many minutes, a line a minute, and a verdict.</summary>
internal static class SoakProgram
{
    /// <summary>Runs it; the exit code is 0 when nothing grew and no bit changed.</summary>
    /// <param name="arguments">
    /// How many minutes; the devices, comma-separated, or "all" that are usable; a seed of everything that is left to chance.
    /// </param>
    public static int Run(string[] arguments)
    {
        var limit = TimeSpan.FromMinutes(double.Parse(arguments[0], CultureInfo.InvariantCulture));
        Device[] devices = arguments.ElementAtOrDefault(1) is { } names and not "all"
            ? [.. names.Split(',').Select(Device.Find)]
            : [.. Device.All.Where(device => device.IsAvailable)];
        int seed = arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : Random.Shared.Next();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{limit.TotalMinutes} minutes, seed {seed}, on"));
        Array.ForEach(devices, device => Console.WriteLine($"  {device}: {device.Description}"));
        Console.WriteLine($"  minute  rounds sessions    images{ProcessFigures.Title}");
        List<ProcessFigures> figures = [];
        try
        {
            Soak(devices, limit, seed, figures);
        }
        catch (Exception e)
        {
            Console.WriteLine($"Failed in round {figures.Count + 1}: {e}");
            return 1;
        }

        return Conclude(figures);
    }

    private static void Soak(Device[] devices, TimeSpan limit, int seed, List<ProcessFigures> figures)
    {
        using var round = new SoakRound(devices, withAlexNet: true, seed);
        round.MeetEverySize();
        var clock = Stopwatch.StartNew();
        TimeSpan nextLine = TimeSpan.Zero;
        while (clock.Elapsed < limit)
        {
            round.Run();
            figures.Add(ProcessFigures.Take(devices));
            if (clock.Elapsed >= nextLine)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{clock.Elapsed.TotalMinutes,8:F1}{figures.Count,8}{round.Sessions,9}{round.Images,10}{figures[^1]}"));
                nextLine = clock.Elapsed + TimeSpan.FromMinutes(1);
            }
        }
    }

    private static int Conclude(List<ProcessFigures> figures)
    {
        if (figures.Count < SoakVerdict.LeastRounds)
        {
            Console.WriteLine($"{figures.Count} rounds gave the same bits; whether anything grows takes {SoakVerdict.LeastRounds} at least to say.");
            return 0;
        }

        IReadOnlyList<(string Line, bool IsFlat)> verdict = SoakVerdict.Judge(figures);
        Console.WriteLine($"The same bits in {figures.Count} rounds. Medians after warm-up, and at the end:");
        foreach ((string line, _) in verdict)
        {
            Console.WriteLine($"  {line}");
        }

        bool isFlat = verdict.All(each => each.IsFlat);
        Console.WriteLine(isFlat ? "Flat." : "Something grew.");
        return isFlat ? 0 : 1;
    }
}
