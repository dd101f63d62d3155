using System.CommandLine;

namespace Convoy.Bench.Trials;

/// <summary>The <c>trials</c> command: how often comparisons are wrong, tried where the answer is known.</summary>
internal static class TrialsCommand
{
    public static Command Create() => new("trials", "Tries how often comparisons of measurements are wrong, where the answer is known.")
    {
        CreateBench(),
        CreateProfile(),
    };

    private static Command CreateBench()
    {
        Option<string> convoy = Convoy();
        var documents = new Option<int>("--documents") { Description = "How many are made.", DefaultValueFactory = _ => 10 };
        var folder = new Option<string>("--folder") { Description = "Where they are kept; those that are there count too.", DefaultValueFactory = _ => "artifacts/trials" };
        Argument<string[]> arguments = Arguments("alexnet", "--device", "native", "--batch", "1", "--threads", "1,2", "--seconds", "1");
        var command = new Command("bench", "Compares all pairs of documents that one build's 'convoy bench' made, which are to be called alike.") { convoy, documents, folder, arguments };
        command.SetAction(parsed => Guard(() => BenchTrials.Run(
            new ConvoyProcess(parsed.GetValue(convoy)!), parsed.GetValue(arguments)!, parsed.GetValue(documents), parsed.GetValue(folder)!)));
        return command;
    }

    private static Command CreateProfile()
    {
        Option<string> convoy = Convoy();
        var slowed = new Option<string>("--slowed") { Description = "A build with one layer slowed; slowed.sh makes it.", Required = true };
        var layer = new Option<string>("--layer") { Description = "Which layer that is.", DefaultValueFactory = _ => "conv3" };
        var rounds = new Option<int>("--rounds") { Description = "How often the builds are measured, by turns.", DefaultValueFactory = _ => 3 };
        Argument<string[]> arguments = Arguments("alexnet", "--device", "native", "--batch", "16", "--runs", "40");
        var command = new Command("profile", "Looks whether a comparison of profiles finds the layer that was slowed, and no other.") { convoy, slowed, layer, rounds, arguments };
        command.SetAction(parsed => Guard(() => ProfileTrials.Run(
            new ConvoyProcess(parsed.GetValue(convoy)!), new ConvoyProcess(parsed.GetValue(slowed)!), parsed.GetValue(arguments)!, parsed.GetValue(layer)!, parsed.GetValue(rounds))));
        return command;
    }

    private static Option<string> Convoy() =>
        new("--convoy") { Description = "The build: Convoy.Cli.dll.", DefaultValueFactory = _ => ConvoyProcess.Default };

    private static Argument<string[]> Arguments(params string[] usual) =>
        new("ARGUMENTS") { Description = $"What is measured, behind --. [default: {string.Join(' ', usual)}]", DefaultValueFactory = _ => usual };

    private static int Guard(Func<int> run)
    {
        try
        {
            return run();
        }
        catch (Exception e) when (e is ConvoyException or IOException or InvalidDataException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }
}
