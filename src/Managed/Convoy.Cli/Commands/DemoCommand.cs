using System.Diagnostics;
using Convoy.Cli.Data;
using Convoy.Cli.Demo;
using Convoy.Imaging;
using Convoy.Memory;
using Convoy.Profiling;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy demo</c>: LeNet-5 reads real digits, then AlexNet shows its speed. Nothing to download.</summary>
internal sealed class DemoCommand : ConvoyCommand
{
    private const int DrawnDigits = 3;
    private const int DigitBatch = 100;

    // The reference device is there to be right, not fast: it gets work of a few seconds.
    private const int ReferenceDigits = 200;
    private const string AlexNetName = "AlexNet";
    private const int AlexNetBatch = 32;
    private const int AlexNetRuns = 6;

    private readonly Option<string?> _device = ComputeOptions.Device();
    private readonly Option<bool> _trust = ComputeOptions.Trust();
    private readonly Option<string?> _weights = new("--weights")
    {
        Description = "AlexNet's weights as a safetensors file. [default: random ones]",
        HelpName = "FILE",
    };

    public DemoCommand(Terminal terminal)
        : base(
            "demo",
            "See what Convoy does, with nothing to download.",
            "LeNet-5 reads handwritten digits, then AlexNet's speed is measured layer by layer, with random weights.",
            "convoy demo",
            terminal)
    {
        Add(_device);
        Add(_trust);
        Add(_weights);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string? named = arguments.GetValue(_device);
        Device device = ComputeOptions.FindDevice(named, Terminal);
        var options = new SessionOptions { TrustDevice = arguments.GetValue(_trust) };
        using (WeightSet weights = PretrainedWeights.LeNet5())
        {
            using InferenceSession session = Terminal.Progress.Run(
                "LeNet-5 is prepared", () => Compile(named, LeNet5.Create(), device, weights, options with { BatchSize = DigitBatch }));
            device = session.Device;
            Say($"Convoy {ProductVersion.Version} on the device '{device}': {device.Description}", "");
            await ReadDigitsAsync(session, cancellationToken).ConfigureAwait(false);
        }

        await MeasureAlexNetAsync(named, device, options, arguments.GetValue(_weights), cancellationToken).ConfigureAwait(false);
        return ExitCode.Done;
    }

    private InferenceSession Compile(string? named, Network network, Device device, WeightSet weights, SessionOptions options) =>
        DefaultDevice.Compile(named, device, each => ComputeOptions.Compile(network, each, weights, options), Terminal);

    private async Task ReadDigitsAsync(InferenceSession session, CancellationToken cancellationToken)
    {
        MnistDataset digits = DemoDigits.Load();
        Device device = session.Device;
        int count = device == Device.Reference ? ReferenceDigits : digits.Count;
        (float[] scores, TimeSpan elapsed) = await Terminal.Progress
            .RunAsync("LeNet-5 reads digits", () => ReadAll(session, digits, count, cancellationToken))
            .ConfigureAwait(false);

        var tally = new EvaluationTally((int)session.OutputShape.Count, keepPredictions: false);
        int classes = scores.Length / count;
        for (int i = 0; i < count; i++)
        {
            tally.Add(scores.AsSpan(i * classes, classes), digits.GetLabel(i));
        }

        string number = count == digits.Count
            ? FormattableString.Invariant($"{count:N0} handwritten digits")
            : FormattableString.Invariant($"{count:N0} of {digits.Count:N0} handwritten digits, since the device '{device}' is slow");
        Say($"LeNet-5, trained, reads {number} ({DemoDigits.Credit}):", "");
        Say([.. DrawFirst(session, digits, scores, classes), ""]);
        Say(
            FormattableString.Invariant(
                $"{Math.Round(tally.Top1.GetValueOrDefault() * count):N0} of {count:N0} read right ({tally.Top1:P1}), {count / elapsed.TotalSeconds:N0} images/s in batches of {DigitBatch}."),
            "");
    }

    private static (float[] Scores, TimeSpan Elapsed) ReadAll(
        InferenceSession session, MnistDataset digits, int count, CancellationToken cancellationToken)
    {
        (int length, int height, int width) = ((int)session.InputShape.Count, session.InputShape.Height, session.InputShape.Width);
        float[] images = new float[count * length];
        float[] scores = new float[count * (int)session.OutputShape.Count];
        for (int i = 0; i < count; i++)
        {
            digits.CopyImage(i, images.AsSpan(i * length, length), height, width);
        }

        if (session.Device != Device.Reference)
        {
            // Once to warm up: code is compiled and caches are filled.
            session.Run(images, scores, cancellationToken);
        }

        var clock = Stopwatch.StartNew();
        session.Run(images, scores, cancellationToken);
        return (scores, clock.Elapsed);
    }

    private IEnumerable<string> DrawFirst(InferenceSession session, MnistDataset digits, float[] scores, int classes)
    {
        int extent = session.InputShape.Height;
        int drawn = Math.Clamp(Terminal.Width / DigitDrawing.WidthOf(extent), 1, DrawnDigits);
        float[][] images = [.. Enumerable.Range(0, drawn).Select(_ => new float[extent * extent])];
        foreach ((int i, float[] image) in images.Index())
        {
            digits.CopyImage(i, image, extent, extent);
        }

        IEnumerable<string> captions = Enumerable.Range(0, drawn).Select(i =>
        {
            ReadOnlySpan<float> own = scores.AsSpan(i * classes, classes);
            int likeliest = Ranking.FindTop(own, 1)[0];
            return FormattableString.Invariant($"it is a {likeliest}: {own[likeliest]:P2}").PadRight(DigitDrawing.WidthOf(extent));
        });
        return [.. DigitDrawing.Draw(images, extent), "", string.Concat(captions).TrimEnd()];
    }

    private async Task MeasureAlexNetAsync(string? named, Device device, SessionOptions options, string? weightsFile, CancellationToken cancellationToken)
    {
        Network network = AlexNet.Create();
        int batch = device == Device.Reference ? 1 : AlexNetBatch;
        int runs = device == Device.Reference ? 1 : AlexNetRuns;
        NetworkProfile profile = await Terminal.Progress.RunAsync(ProfileStages.TextOf(AlexNetName, runs), counter =>
        {
            using WeightSet weights = weightsFile is null ? WeightSet.Random(network, WeightOptions.DefaultSeed) : WeightSet.Open(weightsFile);
            using InferenceSession session = Compile(named, network, device, weights, options with { BatchSize = batch });
            using PooledBuffer<float> images = SyntheticImages.Create(session, batch);
            var stages = new ProfileStages(AlexNetName, counter);
            return Task.FromResult(session.Profile(images.Span, new ProfileOptions { Batches = runs, Progress = stages.Show }, cancellationToken));
        }).ConfigureAwait(false);
        string images = batch == 1 ? $"with one image, since the device '{device}' is slow" : $"in batches of {batch} images";
        Say(
            FormattableString.Invariant(
                $"AlexNet with {(weightsFile is null ? "random weights" : $"the weights of {weightsFile}")}, {network.ParameterCount:N0} parameters: {profile.ImagesPerSecond:N1} images/s {images}; layer by layer:"));
        TableWriter.Write(Terminal, [ProfileReport.CreateReport(profile)], "convoy profile alexnet shows them in a wider terminal");
        if (weightsFile is null)
        {
            Say(
                "",
                "With random weights only AlexNet's speed means something. Give it trained ones, and it names what photos show:",
                "  convoy classify alexnet --weights FILE --labels FILE PHOTOS");
        }
    }

    private void Say(params string[] lines)
    {
        Array.ForEach(lines, Terminal.WriteSentence);
        Terminal.Out.Flush();
    }
}
