using System.Text;
using Convoy.Cli;
using Convoy.Tests.Imaging;
using Convoy.Tests.Weights;

namespace Convoy.Tests.Fuzzing;

/// <summary>
/// Random arguments of the command: always one of its exit codes, never a stack trace, and a sentence where it is not 0. Words
/// are such that no case takes long or writes outside its folder.
/// </summary>
public sealed class CommandLineFuzz : FuzzFixture<string[]>
{
    private const string FolderWord = "{folder}";
    private const int MostWords = 7;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly int[] ExitCodes = [0, 1, 2, 3, 130];

    private static readonly string[] Commands = ["describe", "init", "classify", "evaluate", "bench", "profile"];

    // These take seconds, or look at the whole machine: they are only ever asked for help, or for what there is not.
    private static readonly string[] SlowCommands = ["demo", "doctor", "devices"];

    private static readonly string[] Options =
    [
        "--weights", "--labels", "--top", "--batch", "--threads", "--precision", "--convolution", "--device", "--output", "--data", "--limit", "--split", "--predictions",
        "--seed", "--type", "--force", "--seconds", "--iterations", "--compare", "--runs", "--no-chains", "--preset", "--verbose", "--help", "-h", "-?", "--version", "--weigths", "--", "-", "-x",
        "--batch=2", "--top:3", "--output=json", "--device=", "--no-such-option", "/?", "[diagram]", "[suggest]", "[nonsense]",
    ];

    private static readonly string[] Values =
    [
        "lenet5", "LeNet5", "alexnet", "native", "reference", "native,native", "native,reference", "opencl:99", "nowhere", ",", "native,", "fp16", "bf16", "fp32", "fp32,fp16",
        "direct", "winograd", "winograd8", "auto", "json", "csv", "table", "md", "html", "markdown", "mnist", "imagenet", "train", "test", "0", "1", "2", "3", "1,2", "1-2", "1-4*2", "4-1", "1-1000000", "-1", "0.01", "1e999",
        "NaN", "Infinity", "99999999999999999999", "0x10", "", " ", "\u00e9\ud83d\ude00", "\t", "\n", "@file", "*", "*.png", "**/*", "?", $"{FolderWord}", $"{FolderWord}/digit.png",
        $"{FolderWord}/bad.png", $"{FolderWord}/*.png", $"{FolderWord}/**/**/*.png", $"{FolderWord}/nowhere.png", $"{FolderWord}/labels.txt", $"{FolderWord}/classes",
        $"{FolderWord}/w.safetensors", $"{FolderWord}/new.safetensors", $"{FolderWord}/empty", new('x', 5000),
    ];

    private static readonly byte[] Digit = TestImages.Png(28, 28, TestImages.Noise(28, 28, 3));

    private string _before = "";

    /// <inheritdoc/>
    public override double Weight => 3;

    private protected override int ShortCases => 200;

    private protected override void Begin()
    {
        // What is written by a name without a folder stays in the test's own.
        _before = Environment.CurrentDirectory;
        Environment.CurrentDirectory = Folder.Root;
    }

    private protected override void End() => Environment.CurrentDirectory = _before;

    private protected override string[] Make(Random random)
    {
        List<string> words = [];
        if (random.Next(12) == 0)
        {
            words.Add(Mutation.Any(random, SlowCommands));
            words.Add(random.Next(2) == 0 ? "--no-such-option" : "--help");
        }
        else if (random.Next(12) != 0)
        {
            // Most cases get past the model and the data, so that what is behind is reached.
            string command = Mutation.Any(random, Commands);
            words.Add(command);
            words.Add(random.Next(8) == 0 ? Mutation.Any(random, Values) : "lenet5");
            words.AddRange(command switch
            {
                "evaluate" => ["--data", $"{FolderWord}/classes"],
                "classify" => [$"{FolderWord}/digit.png"],
                "init" => [$"{FolderWord}/new.safetensors"],
                _ => [],
            });
        }

        for (int i = random.Next(MostWords); i > 0; i--)
        {
            int at = random.Next(4) == 0 ? random.Next(words.Count + 1) : words.Count;
            words.InsertRange(at, random.Next(3) switch
            {
                0 => [Mutation.Any(random, Options)],
                1 => [Mutation.Any(random, Values)],
                _ => [Mutation.Any(random, Options), Mutation.Any(random, Values)],
            });
        }

        // AlexNet takes seconds to be made, and two hundred megabytes to be written.
        if (words.Contains("alexnet") && words is not ["describe", "alexnet"])
        {
            words.Add("--no-such-option");
        }

        if (words.Contains("bench") || words.Contains("profile"))
        {
            words.AddRange(words.Contains("bench") ? ["--seconds", "0.001"] : ["--runs", "1"]);
        }

        return [.. words];
    }

    private protected override void Check(string[] fuzzCase)
    {
        Reset();
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var patience = new CancellationTokenSource(Patience);
        int exitCode = ConvoyApplication.RunAsync([.. fuzzCase.Select(word => word.Replace(FolderWord, Folder.Root, StringComparison.Ordinal))], output, error, patience.Token)
            .GetAwaiter().GetResult();
        string said = error.ToString();
        if (!ExitCodes.Contains(exitCode))
        {
            throw new FuzzException($"The exit code is {exitCode}.");
        }

        if (said.Contains("This is a bug", StringComparison.Ordinal) || output.ToString().Contains("This is a bug", StringComparison.Ordinal))
        {
            throw new FuzzException($"The command calls it a bug: {said}");
        }

        // With --verbose, the exception is asked for.
        if (said.Contains("   at ", StringComparison.Ordinal) && !fuzzCase.Contains("--verbose"))
        {
            throw new FuzzException($"There is a stack trace: {said}");
        }

        if (exitCode is not (0 or 130) && !said.Split('\n').Any(line => line.StartsWith("convoy: error: ", StringComparison.Ordinal) && line.Length > 20))
        {
            throw new FuzzException($"The exit code is {exitCode}, and no error is told: '{said}'");
        }
    }

    private protected override byte[] Save(string[] fuzzCase) => Encoding.UTF8.GetBytes(string.Join('\0', fuzzCase));

    private protected override string[] Load(byte[] saved) => Encoding.UTF8.GetString(saved).Split('\0');

    /// <summary>The folder as every case finds it.</summary>
    private void Reset()
    {
        foreach (string entry in Directory.GetFileSystemEntries(Folder.Root))
        {
            if (Directory.Exists(entry))
            {
                Directory.Delete(entry, recursive: true);
            }
            else
            {
                File.Delete(entry);
            }
        }

        Folder.Write("digit.png", Digit);
        Folder.Write("bad.png", Digit[..99]);
        Folder.Write("classes/3/a.png", Digit);
        Folder.Write("labels.txt", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
        Folder.Write("w.safetensors", SafetensorsBytes.Create("{}", []));
        Directory.CreateDirectory(Folder["empty"]);
    }
}
