using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Convoy.Cli;
using Convoy.Cli.Commands;
using Convoy.Cli.Common;
using Convoy.Cli.Data;
using Convoy.Cli.Measuring;
using Convoy.Cli.Output;
using Convoy.Profiling;

namespace Convoy.Tests.Cli;

/// <summary>What was counted or measured before Ctrl-C is shown, and marked.</summary>
public sealed class InterruptionTests
{
    private const string Sentence = @"Interrupted after [1-9]\d*( of [\d,]+)? images\.";
    private const int Images = 300;

    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public void WriteImages()
    {
        _folder = new TemporaryFolder();
        string digit = _folder.WriteDigit("7/a.png", 0);
        _folder.Write("7/b.png", "no image");
        for (int i = 0; i < Images; i++)
        {
            File.Copy(digit, _folder[$"7/c{i:000}.png"]);
        }
    }

    [OneTimeTearDown]
    public void DeleteImages() => _folder.Dispose();

    [Test]
    public async Task An_interrupted_evaluation_shows_what_was_counted()
    {
        CliRun table = await InterruptAsync("evaluate", "lenet5", "--data", _folder.Root);
        Assert.That(table.ExitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(table.Out, Does.Contain(" lenet5 ").And.Match(Sentence).And.Contains("what they were taken for"));
        Assert.That(table.Error, Does.Not.Contain("Interrupted"), "the table says it");

        CliRun json = await InterruptAsync("evaluate", "lenet5", "--data", _folder.Root, "--output", "json");
        Assert.That(json.ExitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That((bool)json.Json["interrupted"]!, Is.True);
        Assert.That((long)json.Json["images"]!, Is.InRange(1, Images));
        Assert.That(json.ErrorLines[^1], Does.Match(Sentence));
    }

    [TestCase("csv")]
    [TestCase("md")]
    public async Task Forms_without_a_place_for_it_leave_the_mark_to_the_error_stream(string form)
    {
        CliRun run = await InterruptAsync("evaluate", "lenet5", "--data", _folder.Root, "--output", form);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(run.Out, Does.Contain("lenet5"));
        Assert.That(run.ErrorLines[^1], Does.Match(Sentence));
    }

    [Test]
    public async Task An_evaluation_that_was_not_interrupted_has_no_mark()
    {
        CliRun run = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", _folder.Root, "--limit", "3", "--output", "json");
        Assert.That(run.Json["interrupted"], Is.Null);
        Assert.That(run.Error, Does.Not.Contain("Interrupted"));
    }

    [Test]
    public async Task An_interrupted_classification_ends_its_output_and_says_how_far_it_came()
    {
        CliRun run = await InterruptAsync("classify", "lenet5", _folder.Root, "--output", "json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(run.Json.AsArray(), Has.Count.InRange(2, Images + 1));
        Assert.That(run.ErrorLines[^1], Is.EqualTo($"convoy: Interrupted after {run.Json.AsArray().Count} images."));
    }

    [Test]
    public void A_measurement_that_is_interrupted_keeps_its_runs()
    {
        using var cancellation = new CancellationTokenSource();
        int batches = 0;
        using InferenceSession session = Compile(new StagedDevice("staged", _ => { })
        {
            OnEntry = _ =>
            {
                if (++batches == 5)
                {
                    cancellation.Cancel();
                }
            },
        }.Device);
        using var meter = new BenchMeter(session, new BenchLength(1e-9, 4));
        meter.RunFirst(cancellation.Token);
        meter.WarmUp(cancellation.Token);
        Assert.That(meter.Run, Is.Null, "nothing is measured yet");
        int before = batches;
        Assert.That(() =>
        {
            while (!meter.IsComplete)
            {
                meter.MeasureSlice(isCold: false, cancellation.Token);
            }
        }, Throws.InstanceOf<OperationCanceledException>());
        BenchRun run = meter.Run!;
        Assert.That(run.IsInterrupted, Is.True);
        Assert.That(run.Milliseconds, Has.Length.EqualTo(4 - before));
        Assert.That(run.SliceMilliseconds, Is.EquivalentTo(run.Milliseconds), "a run a slice");
    }

    [Test]
    public void A_profile_that_is_interrupted_is_that_of_the_batches_measured_by_then()
    {
        // The first batch warms up, and the last is under way when the token is cancelled.
        using var cancellation = new CancellationTokenSource();
        int entered = 0;
        var device = new StagedDevice("staged", _ => { })
        {
            OnEntry = _ =>
            {
                if (++entered == 4)
                {
                    cancellation.Cancel();
                }
            },
        };
        using InferenceSession session = Compile(device.Device);
        NetworkProfile profile = session.Profile(new float[3000], null, cancellation.Token);
        Assert.That((profile.Batches, profile.Interrupted), Is.EqualTo((2, true)));
        Assert.That(() => session.Profile(new float[3000], null, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void An_interrupted_bench_shows_what_was_measured_and_marks_what_was_cut_short()
    {
        using var cancellation = new CancellationTokenSource();
        BenchCombination[] combinations =
        [
            Combine(new StagedDevice("first", _ => { }).Device),
            Combine(new StagedDevice("second", _ => { }).Device),
            Combine(new StagedDevice("third", _ => { }) { OnEntry = _ => cancellation.Cancel() }.Device),
            Combine(new StagedDevice("fourth", _ => { }).Device),
        ];
        BenchSeries series = Measure(combinations, cancellation.Token, runs: 1);
        Assert.That(series.IsInterrupted, Is.True);
        Assert.That(series.Results.Select(each => (each.Device, each.Interrupted)), Is.EqualTo(new[] { ("first", false), ("second", false) }));

        using var second = new CancellationTokenSource();
        combinations[2] = Combine(new StagedDevice("third", _ => { }) { OnEntry = _ => second.Cancel() }.Device);
        series = Measure(combinations, second.Token, runs: 2);
        Assert.That(series.Results.Select(each => (each.Device, each.Runs, each.Interrupted)), Is.EqualTo(new[] { ("first", 1, true), ("second", 1, true) }));
        JsonNode json = JsonNode.Parse(JsonSerializer.Serialize(series.Results, BenchJson.TypeInfo))!;
        Assert.That((bool)json[1]!["interrupted"]!, Is.True);
    }

    [Test]
    public void A_bench_tells_how_many_combinations_are_done_how_fast_the_last_was_and_how_many_failed()
    {
        var counter = new ProgressCounter();
        string atFirst = "", atSecond = "";
        long doneAtSecond = 0;
        BenchCombination[] combinations =
        [
            Combine(new StagedDevice("lost", _ => { }) { OnEntry = _ => throw new DeviceException("It is lost.") }.Device),
            Combine(new StagedDevice("first", _ => { }) { OnEntry = _ => atFirst = atFirst.Length > 0 ? atFirst : counter.Facts }.Device),
            Combine(new StagedDevice("second", _ => { }) { OnEntry = _ => (atSecond, doneAtSecond) = atSecond.Length > 0 ? (atSecond, doneAtSecond) : ($"{counter.Stage}: {counter.Facts}", counter.Done) }.Device),
        ];
        using WeightSet none = WeightSet.FromTensors("none", []);
        using var series = new BenchSeries(CreateNetwork(), none, new BenchLength(1e-9, 1));
        series.Measure(combinations, counter, default);
        Assert.That(atFirst, Is.EqualTo("1 of 3 combinations"));
        Assert.That(atSecond, Does.Match(@"^second, .*: 2 of 3 combinations, [\d,.]+ images/s$"));
        Assert.That((doneAtSecond, counter.Done), Is.EqualTo((2 * BenchSeries.Steps, 3 * BenchSeries.Steps)));
        Assert.That(counter.Facts, Does.Match(@"^3 of 3 combinations, [\d,.]+ images/s$"));
        Assert.That((counter.Errors, counter.Stage), Is.EqualTo((1, combinations[2].ToString())));
    }

    [TestCase(1, true)]
    [TestCase(2, false, Description = "batches alone say nothing of a stream")]
    public void A_bench_interrupted_while_it_warms_up_shows_the_batches_that_ran(int batchesInFlight, bool isShown)
    {
        // The first run, the one that is warmed up with, and the one that is stopped.
        using var cancellation = new CancellationTokenSource();
        var device = new StagedDevice("staged", _ => { }, batchesInFlight) { OnEntry = each => { if (each.Entered == 2) { cancellation.Cancel(); } } };
        using WeightSet none = WeightSet.FromTensors("none", []);
        var series = new BenchSeries(CreateNetwork(), none, new BenchLength(1000, 5));
        series.Measure([Combine(device.Device)], new ProgressCounter(), cancellation.Token);
        Assert.That(series.IsInterrupted, Is.True);
        Assert.That(series.Results.Select(each => (each.Runs, each.Interrupted, each.ComputeMilliseconds)), Is.EqualTo(isShown ? new[] { ((int?)1, true, (double?)null) } : []));
        Assert.That(series.Results.Select(each => each.ImagesPerSecond), Is.All.Positive);
    }

    [Test]
    public void A_bench_interrupted_while_peaks_are_measured_shows_what_was_measured_before()
    {
        using var cancellation = new CancellationTokenSource();
        var peaks = new EndlessPeaks(cancellation.Cancel);
        BenchSeries series = Measure(
            [Combine(new StagedDevice("first", _ => { }).Device), Combine(new StagedDevice("second", _ => { }, peaks: peaks).Device)], cancellation.Token, runs: 1);
        Assert.That(peaks.HasEnded, Is.False, "nobody waits for it");
        peaks.End();
        Assert.That(series.IsInterrupted, Is.True);
        Assert.That(series.Results.Select(each => (each.Device, each.Interrupted)), Is.EqualTo(new[] { ("first", false) }));
    }

    [Test]
    public void A_bench_interrupted_before_its_first_measurement_still_says_what_was_left_out()
    {
        using var cancellation = new CancellationTokenSource();
        var broken = new Device("broken", "for tests", 1, null, _ => throw new ConvoyException("no room"));
        var device = new StagedDevice("staged", _ => { }) { OnEntry = _ => cancellation.Cancel() };
        BenchSeries series = Measure([Combine(broken), Combine(device.Device)], cancellation.Token);
        Assert.That(series.IsInterrupted, Is.True);
        Assert.That(series.Results, Is.Empty);
        Assert.That(series.LeftOut.Select(each => each.Combination.Device), Is.EqualTo(new[] { broken }));
    }

    [TestCase("bench", "--seconds", "1")]
    [TestCase("profile", "--runs", "1")]
    [TestCase("evaluate", "--data", null)]
    public async Task A_command_that_is_interrupted_before_its_first_result_says_so(string command, string option, string? value)
    {
        CliRun run = await CancelAsync(command, "lenet5", option, value ?? _folder.Root, "--device", "reference", "--batch", "1");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(run.Out, Is.Empty);
        Assert.That(run.Error.TrimEnd(), Is.EqualTo("convoy: Interrupted before there was a result."));
    }

    [TestCase("devices")]
    [TestCase("doctor")]
    [TestCase("describe", "lenet5")]
    [TestCase("describe", "lenet5", "--device", "reference")]
    public async Task A_command_that_is_done_all_the_same_shows_it_and_returns_that_it_was_interrupted(params string[] arguments)
    {
        CliRun run = await CancelAsync(arguments);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(run.Out, Is.Not.Empty);
    }

    [Test]
    public async Task A_command_that_writes_a_file_or_runs_a_model_leaves_nothing_when_it_is_interrupted()
    {
        using var folder = new TemporaryFolder();
        string weights = folder["a.safetensors"];
        Assert.That((await CliRun.ConvoyAsync("init", "lenet5", weights)).ExitCode, Is.Zero);
        string image = folder["x.npy"];
        TensorFiles.Write(image, [new NamedTensor("x", [1, 1, 32, 32], new float[1024])]);
        foreach (string[] arguments in (string[][])
        [
            ["init", "lenet5", folder["new"]],
            ["export", "lenet5", folder["new.onnx"]],
            ["convert", weights, folder["new.npz"]],
            ["run", "lenet5", "--input", image, "--save-output", folder["new.npy"], "--device", "reference"],
            ["classify", "lenet5", folder.WriteDigit("digit.png", 0), "--device", "reference"],
        ])
        {
            CliRun run = await CancelAsync(arguments);
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Interrupted), arguments[0]);
            Assert.That(run.Out, Is.Empty, arguments[0]);
            Assert.That(run.ErrorLines[^1], Does.StartWith("convoy: Interrupted "), arguments[0]);
        }

        Assert.That(Directory.EnumerateFileSystemEntries(folder.Root, "new*"), Is.Empty);
    }

    [Test]
    public async Task An_interrupted_demo_has_shown_what_it_computes_on()
    {
        CliRun run = await CancelAsync("demo", "--device", "reference");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That(run.Out, Does.StartWith("Convoy ").And.Contains("'reference'"));
        Assert.That(run.ErrorLines[^1], Is.EqualTo("convoy: Interrupted before there was a result."));
    }

    [Test]
    public void A_combination_without_enough_memory_is_left_out_with_the_remedy()
    {
        var greedy = new Device("greedy", "for tests", 1, null, _ => throw new InsufficientMemoryException("Exception of type X."));
        Assert.That(
            Measure([Combine(greedy)], default).Notes,
            Is.EqualTo(new[] { "Left out 'greedy, fp32, batch 1': There is not enough memory; use a smaller --batch." }));
    }

    [Test]
    public void A_combination_that_fails_or_is_too_large_does_not_take_the_others_with_it()
    {
        var broken = new Device("broken", "for tests", 1, null, _ => throw new ConvoyException("no room"));
        Device sound = new StagedDevice("sound", _ => { }).Device;
        BenchSeries series = Measure([Combine(broken), Combine(sound, SessionOptions.MaxBatchSize), Combine(sound)], default);
        Assert.That(series.IsInterrupted, Is.False);
        Assert.That(series.Results.Select(each => (each.Device, each.BatchSize)), Is.EqualTo(new[] { ("sound", 1) }));
        Assert.That(
            series.LeftOut.Select(each => (each.Combination.ToString(), each.Reason is UsageException)),
            Is.EqualTo(new[] { ("broken, fp32, batch 1", false), ($"sound, fp32, batch {SessionOptions.MaxBatchSize:N0}", true) }));
    }

    [Test]
    public void A_combination_that_fails_beside_others_is_tried_alone()
    {
        int tries = 0;
        var broken = new Device("broken", "for tests", 1, null, _ => throw new ConvoyException($"no room {++tries}"));
        BenchSeries series = Measure([Combine(new StagedDevice("sound", _ => { }).Device), Combine(broken), Combine(new StagedDevice("last", _ => { }).Device)], default);
        Assert.That(series.Results.Select(each => each.Device), Is.EqualTo(new[] { "sound", "last" }));
        Assert.That(series.Notes, Is.EqualTo(new[] { "Left out 'broken, fp32, batch 1': no room 2" }));
    }

    [Test]
    public void Combinations_are_measured_by_turns()
    {
        string entered = "";
        BenchCombination[] combinations = [.. "abc".Select(name => Combine(new StagedDevice($"{name}", _ => { }) { OnEntry = device => entered += device.Device.Name }.Device))];
        BenchSeries series = Measure(combinations, default, runs: 3);
        string turns = string.Concat(entered.Where((name, index) => index == 0 || entered[index - 1] != name));
        Assert.That(turns, Is.EqualTo("abcabcabc"), "the first time with the warm-up");
        Assert.That(series.Results.Select(each => each.Runs), Is.All.EqualTo(3));
    }

    [Test]
    [Platform(Include = "Linux")]
    public void Ctrl_C_reaches_the_command()
    {
        // Minutes of work, however late the signal comes; and one image at a time, so that the result comes soon after it.
        using var folder = new TemporaryFolder();
        string digit = folder.WriteDigit("7/a.png", 0);
        folder.Write("7/b.png", "no image");
        for (int i = 0; i < 50_000; i++)
        {
            File.CreateSymbolicLink(folder[$"7/c{i:00000}.png"], digit);
        }

        var start = new ProcessStartInfo(
            "dotnet",
            [
                Path.Combine(CommandProcess.Folder, "Convoy.Cli.dll"), "evaluate", "lenet5", "--data", folder.Root, "--device", "reference", "--batch", "1",
                "--output", "json",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;

        // The second image's error, whatever is said of the progress before.
        string error = "";
        while (!error.Contains("b.png", StringComparison.Ordinal))
        {
            error = process.StandardError.ReadLine()!;
        }

        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
        {
            kill.WaitForExit();
        }

        Task<string> rest = process.StandardError.ReadToEndAsync();
        var json = JsonNode.Parse(process.StandardOutput.ReadToEnd())!;
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.EqualTo(ExitCode.Interrupted));
        Assert.That((bool)json["interrupted"]!, Is.True);
        Assert.That(rest.Result, Does.Match(Sentence));
    }

    /// <summary>Runs a command one image at a time, which is interrupted by its first word of an error.</summary>
    private static async Task<CliRun> InterruptAsync(params string[] arguments)
    {
        using var cancellation = new CancellationTokenSource();
        using var output = new StringWriter();
        using var error = new Alarm(cancellation.Cancel);
        int exitCode = await ConvoyApplication.RunAsync([.. arguments, "--batch", "1", "--device", "reference"], output, error, cancellation.Token);
        return new CliRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command that was interrupted before it began.</summary>
    private static async Task<CliRun> CancelAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = await ConvoyApplication.RunAsync(arguments, output, error, new CancellationToken(canceled: true));
        return new CliRun(exitCode, output.ToString(), error.ToString());
    }

    private static BenchSeries Measure(BenchCombination[] combinations, CancellationToken cancellationToken, int? runs = null)
    {
        using WeightSet none = WeightSet.FromTensors("none", []);
        var series = new BenchSeries(CreateNetwork(), none, new BenchLength(1e-9, runs));
        series.Measure(combinations, new ProgressCounter(), cancellationToken);
        return series;
    }

    private static BenchCombination Combine(Device device, int batch = 1) => new(device, new SessionOptions { BatchSize = batch });

    private static InferenceSession Compile(Device device)
    {
        using WeightSet none = WeightSet.FromTensors("none", []);
        return CreateNetwork().Compile(device, none, new SessionOptions { BatchSize = 1 });
    }

    private static Network CreateNetwork() => new NetworkBuilder("identity", Shape.Vector(3000)).Dropout("nothing", 0).Build();

    /// <summary>Measures until it is told to end, or a test would hang.</summary>
    private sealed class EndlessPeaks(Action begun) : IPeakSource
    {
        private readonly TaskCompletionSource _end = new();
        private volatile bool _hasEnded;

        public bool HasEnded => _hasEnded;

        public bool IsRisky => false;

        public void End() => _end.SetResult();

        public string? Describe(int threads) => null;

        public MeasuredPeaks Measure(int threads, Action<PeakProgress>? progress)
        {
            begun();
            _end.Task.Wait(TimeSpan.FromSeconds(20));
            _hasEnded = true;
            return new MeasuredPeaks(threads);
        }
    }

    /// <summary>A writer that does something before it is written to.</summary>
    private sealed class Alarm(Action ring) : StringWriter
    {
        public override void Write(string? value)
        {
            ring();
            base.Write(value);
        }

        public override void Write(char[] buffer, int index, int count)
        {
            ring();
            base.Write(buffer, index, count);
        }
    }
}
