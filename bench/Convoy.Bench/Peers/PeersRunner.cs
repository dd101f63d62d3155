using Convoy.Onnx;
using Convoy.Profiling;
using Convoy.Runtime;

namespace Convoy.Bench.Peers;

/// <summary>Runs both engines over every combination. Where their scores disagree nothing is timed.</summary>
internal sealed class PeersRunner
{
    // A profile behind a comparison: so many seconds of it, but a few batches at least and no more than tell something.
    private const double ProfileSeconds = 0.5;
    private const int FewestProfiled = 5;
    private const int MostProfiled = 101;

    private readonly PeersOptions _options;
    private readonly DevicePeaks[] _peaks;
    private readonly List<PeersResult> _results = [];
    private readonly List<ScalingResult> _scaling = [];
    private (string Convoy, string OnnxRuntime) _names;

    private PeersRunner(PeersOptions options)
    {
        _options = options;
        _peaks = [.. options.Threads.Select(threads => DevicePeaks.Measure(Device.Native, threads))];
    }

    /// <summary>Measures; progress goes to standard error.</summary>
    /// <exception cref="DisagreementException">The engines' scores differ.</exception>
    public static PeersReport Run(PeersOptions options)
    {
        var runner = new PeersRunner(options);
        foreach (string reference in options.Models)
        {
            using var model = PeersModel.Open(reference);
            runner.Run(model);
        }

        return new PeersReport(
            Device.Native.Description,
            options.Seconds,
            [.. options.Threads.Zip(runner._peaks, (threads, peak) => new PeersPeaks(threads, peak.GigaFlopsPerSecond, peak.GigaBytesPerSecond))],
            runner._names.Convoy,
            runner._names.OnnxRuntime,
            runner._results,
            runner._scaling,
            MeasuredOn.Here($"dotnet run -c Release --project bench/Convoy.Bench -- {string.Join(' ', Environment.GetCommandLineArgs().Skip(1))}"));
    }

    private static byte[] Export(Network network, WeightSet weights)
    {
        var file = new MemoryStream();
        OnnxModel.Save(network, weights, file);
        return file.ToArray();
    }

    private void Run(PeersModel model)
    {
        Network network = model.Network;
        byte[] onnx = Export(network, model.Weights);
        foreach (int batch in _options.BatchesOf(network))
        {
            float[] images = RandomImages.Create(network.Input.Shape, batch);
            foreach (PeersPrecision precision in _options.Precisions)
            {
                for (int i = 0; i < _options.Threads.Count; i++)
                {
                    Console.Error.WriteLine($"{network.Name}, {precision.Name}, batch {batch}, threads {_options.Threads[i]}");
                    Run(model, onnx, images, batch, precision, i);
                }
            }
        }
    }

    private void Run(PeersModel model, byte[] onnx, float[] images, int batch, PeersPrecision precision, int threadsIndex)
    {
        (Network network, WeightSet weights) = (model.Network, model.Weights);
        int threads = _options.Threads[threadsIndex];
        (long Convoy, long OnnxRuntime)? memory = _options.Memory ? MemoryProbe.Measure(model, batch, threads, precision) : null;
        using var convoy = new ConvoyEngine(_options.Device, network, weights, images, batch, threads, precision.Weights);
        using (var onnxRuntime = new OnnxRuntimeEngine(network, onnx, images, batch, threads))
        {
            Compare(network, batch, threadsIndex, precision, convoy, onnxRuntime, memory);
        }

        if (threadsIndex > 0)
        {
            int first = _options.Threads[0];
            using var onFirst = new ConvoyEngine(_options.Device, network, weights, images, batch, first, precision.Weights);
            _scaling.Add(CompareThreads(network.Name, batch, precision, (convoy, threads), (onFirst, first)));
        }
    }

    private ScalingResult CompareThreads(
        string model, int batch, PeersPrecision precision, (ConvoyEngine Engine, int Threads) more, (ConvoyEngine Engine, int Threads) fewer)
    {
        using var moreArithmetic = new Arithmetic(more.Threads);
        using var fewerArithmetic = new Arithmetic(fewer.Threads);
        Contest contest = Contest.Hold(
            _options.Seconds,
            new(more.Engine.Run, batch),
            new(fewer.Engine.Run, batch),
            new(moreArithmetic.Run, Arithmetic.Items),
            new(fewerArithmetic.Run, Arithmetic.Items));
        return new ScalingResult(
            model,
            precision.Name,
            batch,
            more.Threads,
            fewer.Threads,
            contest.SpeedOf(0),
            contest.SpeedOf(1),
            contest.RatioOf(0, 1),
            contest.RatioOf(2, 3));
    }

    private void Compare(
        Network network,
        int batch,
        int threadsIndex,
        PeersPrecision precision,
        ConvoyEngine convoy,
        OnnxRuntimeEngine onnxRuntime,
        (long Convoy, long OnnxRuntime)? memory)
    {
        _names = (convoy.Name, onnxRuntime.Name);
        (double difference, double allowed) = CheckAgreement(network, batch, precision, convoy, onnxRuntime);
        Contest contest = Contest.Hold(_options.Seconds, new(convoy.Run, batch), new(onnxRuntime.Run, batch));
        Quartiles speed = contest.SpeedOf(0);
        Quartiles ratio = contest.RatioOf(0, 1);
        var roofs = new Roofs(network, batch, _peaks[threadsIndex]);
        _results.Add(new PeersResult(
            network.Name,
            precision.Name,
            batch,
            _options.Threads[threadsIndex],
            difference,
            allowed,
            roofs.Describe(speed, memory?.Convoy),
            roofs.Describe(contest.SpeedOf(1), memory?.OnnxRuntime),
            ratio,
            ratio.Median < 1 ? Profile(convoy, speed.Median / batch) : []));
    }

    /// <summary>Where the time goes, step by step, for whoever wants to know why Convoy is the slower one.</summary>
    private static IReadOnlyList<PeersStep> Profile(ConvoyEngine convoy, double batchesPerSecond)
    {
        NetworkProfile profile = convoy.Profile((int)Math.Clamp(ProfileSeconds * batchesPerSecond, FewestProfiled, MostProfiled));
        return
        [
            .. profile.Layers.Select(layer => new PeersStep(
                layer.Name,
                layer.Op,
                layer.Algorithm,
                layer.Milliseconds,
                layer.Percent / 100,
                layer.GigaFlopsPerSecond,
                layer.GigaBytesPerSecond)),
        ];
    }

    /// <summary>Runs both engines once, and returns by how much they differ and may differ.</summary>
    private static (double Difference, double Allowed) CheckAgreement(
        Network network, int batch, PeersPrecision precision, ConvoyEngine convoy, OnnxRuntimeEngine onnxRuntime)
    {
        convoy.Run();
        onnxRuntime.Run();
        double difference = FindDifference(convoy.Scores, onnxRuntime.Scores);
        double allowed = precision.AllowedFrom(onnxRuntime.Scores);
        return difference <= allowed
            ? (difference, allowed)
            : throw new DisagreementException(FormattableString.Invariant(
                $"{network.Name}, {precision.Name}, batch {batch}: {convoy.Name} and {onnxRuntime.Name} disagree by {difference:0.0e+0}, more than {allowed:0.0e+0}, so their speeds cannot be compared."));
    }

    /// <summary>The largest absolute difference; infinite where a score is not finite.</summary>
    private static double FindDifference(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double largest = 0;
        for (int i = 0; i < left.Length; i++)
        {
            double difference = Math.Abs((double)left[i] - right[i]);
            largest = Math.Max(largest, double.IsFinite(difference) ? difference : double.PositiveInfinity);
        }

        return largest;
    }
}

/// <summary>Two engines give different scores; the message says where and by how much.</summary>
internal sealed class DisagreementException(string message) : Exception(message);
