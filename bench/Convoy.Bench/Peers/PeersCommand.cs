using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Convoy.Bench.Bounds;
using Convoy.Bench.Shares;
using Convoy.Bench.Trials;
using Convoy.Runtime;

namespace Convoy.Bench.Peers;

/// <summary>The <c>peers</c> command: its options, and what becomes of what it finds.</summary>
internal static class PeersCommand
{
    /// <summary>Makes the whole command line.</summary>
    public static RootCommand CreateRoot() => new("Benchmarks of Convoy. 'run ARGUMENTS' passes its arguments on to BenchmarkDotNet.")
    {
        Create(),
        SharesCommand.Create(),
        BoundsCommand.Create(),
        TrialsCommand.Create(),
        MemoryProbe.CreateCommand(),
    };

    private static Command Create()
    {
        var models = new Option<string[]>("--model")
        {
            Description = $"Models, with commas between them: {string.Join(", ", ModelCatalog.Names)}; or files: "
                + $"{string.Join(" or ", PeersModel.Formats.Select(format => format.Name))}, with random weights where a file has none.",
            HelpName = "MODEL,MODEL",
            DefaultValueFactory = _ => [.. PeersOptions.UsualModels],
            CustomParser = result => ParseList(result, ParseModel),
        };
        var batches = new Option<int[]>("--batch")
        {
            Description = "Batch sizes, with commas between them. [default: "
                + $"{string.Join(',', PeersOptions.LargeBatches)}; {string.Join(',', PeersOptions.SmallBatches)} for networks as small as lenet5]",
            HelpName = "N,N",
            CustomParser = result => ParseList(result, (each, text) => ParseCount(each, text, "batch size")),
        };
        var device = new Option<Device>("--device")
        {
            Description = "What Convoy computes on: native, or an OpenCL device, whose peaks the table does not have. ONNX Runtime takes the cores in any case.",
            HelpName = "NAME",
            DefaultValueFactory = _ => Device.Native,
            CustomParser = ParseDevice,
        };
        var threads = new Option<int[]>("--threads")
        {
            Description = "Threads that each engine computes on, with commas between; with several, Convoy on each is also timed against Convoy on the first, and arithmetic alone alike.",
            HelpName = "N,N",
            DefaultValueFactory = _ => [Environment.ProcessorCount],
            CustomParser = result => ParseList(result, (each, text) => ParseCount(each, text, "number of threads")),
        };
        var precisions = new Option<PeersPrecision[]>("--precision")
        {
            Description = "How Convoy stores the weights of fully connected layers, with commas between: fp32, fp16, bf16. ONNX Runtime has fp32 in any case.",
            HelpName = "NAME,NAME",
            DefaultValueFactory = _ => [PeersPrecision.All[0]],
            CustomParser = result => ParseList(result, ParsePrecision),
        };
        var seconds = new Option<double>("--seconds")
        {
            Description = "Seconds for each comparison of a model, a batch size, a precision and a number of threads.",
            DefaultValueFactory = _ => 5,
        };
        seconds.Validators.Add(result => Require(result, result.GetValue(seconds) > 0, "it must be more than 0"));
        var memory = new Option<bool>("--memory")
        {
            Description = "Also measure how much memory each engine takes, in processes of their own.",
        };
        var json = new Option<FileInfo?>("--json") { Description = "A file to write the figures to, as JSON.", HelpName = "FILE" };
        var command = new Command("peers", "Times Convoy and ONNX Runtime in turns on the same networks, weights, images and threads.")
        {
            models, batches, device, threads, precisions, seconds, memory, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(device) != Device.Native && (result.GetValue(memory) || result.GetValue(threads)?.Length > 1))
            {
                result.AddError("--memory and several --threads are for the native device.");
            }
        });
        command.SetAction(parsed => Run(
            new PeersOptions(
                parsed.GetValue(models)!,
                parsed.GetValue(batches),
                parsed.GetValue(device)!,
                parsed.GetValue(threads)!,
                parsed.GetValue(precisions)!,
                parsed.GetValue(seconds),
                parsed.GetValue(memory)),
            parsed.GetValue(json)));
        return command;
    }

    private static int Run(PeersOptions options, FileInfo? json)
    {
        try
        {
            PeersReport report = PeersRunner.Run(options);
            PeersTable.Print(report);
            if (json is not null)
            {
                report.Save(json.FullName);
            }

            return 0;
        }
        catch (Exception e) when (e is ConvoyException or DisagreementException or ProbeException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static T[] ParseList<T>(ArgumentResult result, Func<ArgumentResult, string, T> parse)
    {
        string[] parts =
        [
            .. from token in result.Tokens
               from part in token.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
               select part,
        ];
        if (parts.Length == 0)
        {
            result.AddError("The list is empty; leave the option out for the usual ones.");
        }

        return [.. parts.Select(part => parse(result, part))];
    }

    private static string ParseModel(ArgumentResult result, string text)
    {
        if (!PeersModel.Exists(text))
        {
            result.AddError($"There is no model '{text}': no file of that name is there, and it is none of {string.Join(", ", ModelCatalog.Names)}.");
        }

        return text;
    }

    private static Device ParseDevice(ArgumentResult result)
    {
        try
        {
            return Device.Find(result.Tokens[0].Value);
        }
        catch (DeviceException e)
        {
            result.AddError(e.Message);
            return Device.Native;
        }
    }

    private static PeersPrecision ParsePrecision(ArgumentResult result, string text)
    {
        PeersPrecision? precision = PeersPrecision.Find(text);
        if (precision is null)
        {
            result.AddError($"There is no precision '{text}'; there are {string.Join(", ", PeersPrecision.All.Select(each => each.Name))}.");
        }

        return precision ?? PeersPrecision.All[0];
    }

    private static int ParseCount(ArgumentResult result, string text, string what)
    {
        if (!int.TryParse(text, CultureInfo.InvariantCulture, out int count) || count < 1)
        {
            result.AddError($"'{text}' is no {what}; it must be a whole number of at least 1.");
        }

        return count;
    }

    private static void Require(OptionResult result, bool holds, string what)
    {
        if (!holds)
        {
            result.AddError($"{result.Option.Name}: {what}.");
        }
    }
}

/// <summary>What to compare, and for how long.</summary>
/// <param name="Models">The models, by their names or files.</param>
/// <param name="Batches">Batch sizes; none for each network's usual ones.</param>
/// <param name="Device">What Convoy computes on.</param>
/// <param name="Threads">Threads of each engine; with several, Convoy on each is timed against Convoy on the first too.</param>
/// <param name="Precisions">How Convoy stores weights.</param>
/// <param name="Seconds">Seconds for each combination.</param>
/// <param name="Memory">Whether memory is measured too.</param>
internal sealed record PeersOptions(
    IReadOnlyList<string> Models,
    IReadOnlyList<int>? Batches,
    Device Device,
    IReadOnlyList<int> Threads,
    IReadOnlyList<PeersPrecision> Precisions,
    double Seconds,
    bool Memory)
{
    // A network of fewer multiply-adds an image takes more images to fill a machine.
    private const long SmallNetwork = 10_000_000;

    /// <summary>The models that are compared where none are asked for.</summary>
    public static IReadOnlyList<string> UsualModels { get; } = ["alexnet", "lenet5"];

    /// <summary>The batch sizes where none are asked for, for a small network.</summary>
    public static IReadOnlyList<int> SmallBatches { get; } = [1, 64, 1024, 4096];

    /// <summary>The same for any other.</summary>
    public static IReadOnlyList<int> LargeBatches { get; } = [1, 8, 64, 128];

    /// <summary>The batch sizes to run a network at.</summary>
    public IReadOnlyList<int> BatchesOf(Network network) =>
        Batches is { Count: > 0 } ? Batches : network.MultiplyAdds < SmallNetwork ? SmallBatches : LargeBatches;
}
