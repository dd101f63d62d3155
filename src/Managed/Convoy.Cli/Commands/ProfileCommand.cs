using Convoy.Files;
using Convoy.Memory;
using Convoy.Profiling;
using Convoy.Profiling.Pages;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy profile</c>: where a network's time goes, layer by layer.</summary>
internal sealed class ProfileCommand : ModelCommand
{
    private const int DefaultBatch = 64;
    private const int DefaultRuns = 10;

    // With a timeline of each thread, a profile has a few hundred KB.
    private const long MostProfileBytes = 256 << 20;

    private readonly Option<int> _runs = OptionFactory.Integer(
        "--runs", "Batches measured after one to warm up; the most typical one is reported.", 1, 1000, DefaultRuns);

    private readonly Option<bool> _noChains = OptionFactory.Flag(
        "--no-chains", "Compute layers one by one, and slower, that would be computed as one: each gets a row.");

    private readonly Option<string?> _compare = new("--compare")
    {
        Description = "An older profile, as --output json prints it: says of each layer whether it is faster or slower, or that there is no difference beyond the noise.",
        HelpName = "OLD.json",
    };

    private readonly Option<bool> _counters = OptionFactory.Flag(
        "--counters", "Count cycles, instructions and misses of the last-level cache too, phase by phase, where the system allows: 'native' on Linux.");

    private readonly Option<bool> _perfMap = OptionFactory.Flag(
        PerfMap.OptionName, "Have the runtime write the names of .NET's functions for 'perf record', on Linux, and say where.");

    private readonly Option<OutputFormat> _output = OutputOption.Create();
    private readonly WeightOptions _weights;
    private readonly ComputeOptions _compute;

    private readonly Option<string?> _html = new("--html")
    {
        Description = "Also write a page with charts: one HTML file, which needs no network.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _trace = new("--trace")
    {
        Description = "Also write what ran when, as a trace that https://ui.perfetto.dev draws: queues, threads, micro-batches and memory.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _force = OptionFactory.Flag("--force", "Replace the files of --html and --trace if they are there.");

    public ProfileCommand(Terminal terminal)
        : base(
            "profile",
            "Measure where a network's time goes, layer by layer.",
            "Times are those of one batch alone, in milliseconds; where a device has several in flight, a note says how much "
                + "of their transfers ran while another computed, or that the device works in the host's memory and nothing is transferred. "
                + "GFLOP/s counts a multiply-add as two operations: effective as a direct convolution has them, executed as the algorithm does. GB/s "
                + "counts feature maps, packed weights and what phases leave for one another, and the peaks are measured on as many of these cores. "
                + "What a layer is bound by is what would take most of its time alone. A small network may be computed as one chain, and then has one row; --no-chains "
                + "gives its layers a row each, whose times add up to more. --verbose says why each convolution's algorithm was chosen.",
            "convoy profile alexnet --batch 16 --threads 2",
            terminal)
    {
        Add(_runs);
        Add(_noChains);
        Add(_compare);
        Add(_counters);
        Add(_perfMap);
        _weights = new WeightOptions(this);
        _compute = new ComputeOptions(this, DefaultBatch);
        Add(_output);
        Add(_html);
        Add(_trace);
        Add(_force);
    }

    protected override async Task<int> RunAsync(SelectedModel model, ParseResult arguments, CancellationToken cancellationToken)
    {
        string? page = FileOf(_html, arguments);
        string? trace = FileOf(_trace, arguments);
        WrittenFile.CheckDistinct(
            [("--html", page), ("--trace", trace)],
            [("--compare", arguments.GetValue(_compare)), ("--weights", _weights.FileOf(arguments)), ("MODEL", ModelFileOf(arguments))]);
        model = model.WithOneOutput(Terminal);
        Network network = model.Network;
        NetworkProfile? older = arguments.GetValue(_compare) is { } file ? ReadProfile(file) : null;
        Device device = _compute.FindDevice(arguments, Terminal);
        using WeightSet weights = await _weights.LoadAsync(arguments, model, Terminal, needsTrainedOnes: false).ConfigureAwait(false);
        bool countsEvents = arguments.GetValue(_counters);
        if (countsEvents && EventCounting.FindRefusal(device) is { } refusal)
        {
            Terminal.Note($"--counters counts nothing: {refusal}.");
            countsEvents = false;
        }

        if (arguments.GetValue(_perfMap))
        {
            Terminal.Note(PerfMap.FindRefusal() is { } reason ? $"{PerfMap.OptionName} writes nothing: {reason}." : $"Names of .NET's functions, for perf: {PerfMap.File}");
        }

        int runs = arguments.GetValue(_runs);
        NetworkProfile profile = await Terminal.Progress
            .RunAsync(ProfileStages.TextOf(network.Name, runs), counter =>
            {
                var options = new ProfileOptions { Batches = runs, CountsEvents = countsEvents, Progress = new ProfileStages(network.Name, counter).Show };
                return Task.FromResult(Measure(arguments, network, device, weights, options, cancellationToken));
            })
            .ConfigureAwait(false);
        profile = older is null ? profile : profile with { Comparison = ProfileComparison.Compare(older, profile) };
        Report[] reports =
        [
            ProfileReport.CreateReport(
                profile, showsChoices: arguments.GetValue<bool>("--verbose"), isWithoutChains: arguments.GetValue(_noChains)),
            .. profile.Comparison is { } comparison ? [ComparisonReport.CreateReport(comparison, older!, profile)] : (Report[])[],
        ];
        OutputFormat format = arguments.GetValue(_output);
        ResultWriter.Write(Terminal, format, profile, ProfileJson.TypeInfo, reports);
        if (format != OutputFormat.Table && ProfileReport.DescribeTimes(profile) is { } times)
        {
            Terminal.Note(times);
        }

        if (page is not null)
        {
            ProfilePage.Save(page, profile);
        }

        if (trace is not null)
        {
            ProfileTrace.Save(trace, profile);
        }

        return ExitCode.Done;
    }

    private static NetworkProfile ReadProfile(string file)
    {
        using Stream stream = RegularFile.Open(file, MostProfileBytes);
        try
        {
            return ProfileJson.Read(stream);
        }
        catch (InvalidDataException e)
        {
            throw new ConvoyException($"{file} is no profile that --compare reads: {e.Message} Make one with 'convoy profile MODEL --output json'.", e);
        }
    }

    /// <summary>The file that an option names; null where it was not given.</summary>
    private string? FileOf(Option<string?> option, ParseResult arguments)
    {
        if (arguments.GetValue(option) is not { } file)
        {
            return null;
        }

        WrittenFile.Check(file, option.Name, arguments.GetValue(_force));
        return file;
    }

    private NetworkProfile Measure(
        ParseResult arguments, Network network, Device device, WeightSet weights, ProfileOptions options, CancellationToken cancellationToken)
    {
        using InferenceSession session = _compute.Compile(arguments, network, device, weights, Terminal, allowChains: !arguments.GetValue(_noChains));
        using PooledBuffer<float> images = SyntheticImages.Create(session, session.BatchSize);
        NetworkProfile profile = session.Profile(images.Span, options, cancellationToken);
        if (profile.PeaksProblem is { } problem)
        {
            Terminal.Note(problem);
        }

        if (profile.Interrupted)
        {
            Terminal.Note(FormattableString.Invariant(
                $"Interrupted after {profile.Batches:N0} of {options.Batches:N0} batches{(profile.Batches == options.Batches ? ": what is measured after them is missing" : "")}."));
        }

        return profile with { MeasuredOn = MeasuredOn.Here(ProductVersion.CommandLine) };
    }
}
