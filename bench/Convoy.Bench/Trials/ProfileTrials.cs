using System.Globalization;
using Convoy.Profiling;

namespace Convoy.Bench.Trials;

/// <summary>Profiles of a build, of one with a layer slowed, and of the first again, compared as <c>profile --compare</c> does it.</summary>
internal static class ProfileTrials
{
    /// <summary>Measures and compares; returns 1 where the layer was not found each time.</summary>
    public static int Run(ConvoyProcess convoy, ConvoyProcess slowed, string[] arguments, string layer, int rounds)
    {
        int found = 0, wrong = 0, wrongOfSame = 0, others = 0, same = 0;
        Console.WriteLine($"'convoy profile {string.Join(' ', arguments)}', with {layer} slowed and without");

        // What is measured once, as peaks and algorithms are, is measured before.
        Measure(convoy, arguments);
        for (int round = 1; round <= rounds; round++)
        {
            NetworkProfile before = Measure(convoy, arguments);
            var withSlowed = ProfileComparison.Compare(before, Measure(slowed, arguments));
            var withSame = ProfileComparison.Compare(before, Measure(convoy, arguments));
            TimeChange change = withSlowed.Layers.FirstOrDefault(each => each.Name == layer)
                ?? throw new ConvoyException($"The profile has no layer '{layer}'; it has {string.Join(", ", withSlowed.Layers.Select(each => each.Name))}.");
            TimeChange[] called = [.. withSlowed.Layers.Where(each => each.Name != layer && each.Change != Change.NoDifference)];
            TimeChange[] calledOfSame = [.. withSame.Layers.Where(each => each.Change != Change.NoDifference)];
            bool isFound = change.Change == Change.Slower || withSlowed.StandingOut.Contains(layer);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"round {round}: {layer} {change.Percent:+0.0;-0.0} %, {(isFound ? "found" : "not found")}; of the others called different: {Name(called)}; of the same build: {Name(calledOfSame)}"));
            found += isFound ? 1 : 0;
            (wrong, others) = (wrong + called.Length, others + withSlowed.Layers.Length - 1);
            (wrongOfSame, same) = (wrongOfSame + calledOfSame.Length, same + withSame.Layers.Length);
        }

        Console.WriteLine($"{layer} was found in {found} of {rounds} rounds; {wrong} of {others} other layers were called different, and {wrongOfSame} of {same} of the same build");
        return found == rounds ? 0 : 1;
    }

    private static NetworkProfile Measure(ConvoyProcess convoy, string[] arguments)
    {
        string file = Path.GetTempFileName();
        try
        {
            convoy.Run(["profile", .. arguments], file);
            using FileStream stream = File.OpenRead(file);
            return ProfileJson.Read(stream);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Name(TimeChange[] changes) => changes.Length == 0 ? "none"
        : string.Join(", ", changes.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Name} {each.Percent:+0.0;-0.0} %")));
}
