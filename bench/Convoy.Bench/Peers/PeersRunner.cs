using Convoy.Bench.Onnx;
using Convoy.Graph;
using Convoy.Models;
using Convoy.Profiling;
using Convoy.Runtime;
using Convoy.Weights;
using Google.Protobuf;

namespace Convoy.Bench.Peers;

/// <summary>Runs both engines over every combination. Where their answers disagree nothing is timed.</summary>
internal static class PeersRunner
{
    private const double AllowedDifference = 1e-4;
    private const int WeightSeed = 1;

    /// <summary>Measures; progress goes to standard error.</summary>
    /// <exception cref="DisagreementException">The engines' answers differ.</exception>
    public static PeersReport Run(PeersOptions options)
    {
        MachinePeaks peaks = MachinePeaks.Measure(options.Threads);
        var results = new List<PeersResult>();
        var names = (Convoy: "", OnnxRuntime: "");
        foreach (string model in options.Models)
        {
            ModelCatalog.TryCreate(model, out Network? network);
            using WeightSet weights = OpenWeights(network!);
            byte[] onnx = NetworkToOnnx.Convert(network!, weights).ToByteArray();
            foreach (int batch in options.BatchesOf(network!.Name))
            {
                Console.Error.WriteLine($"{network.Name}, batch {batch}");
                (long Convoy, long OnnxRuntime)? memory =
                    options.Memory ? MemoryProbe.Measure(network, weights, batch, options.Threads) : null;
                float[] images = RandomImages.Create(network.Input.Shape, batch);
                using var convoy = new ConvoyEngine(network, weights, images, batch, options.Threads);
                using var onnxRuntime = new OnnxRuntimeEngine(network, onnx, images, batch, options.Threads);
                names = (convoy.Name, onnxRuntime.Name);
                results.Add(Compare(network, batch, convoy, onnxRuntime, new Roofs(network, batch, peaks), memory, options.Seconds));
            }
        }

        return new PeersReport(
            Device.Native.Description,
            options.Threads,
            options.Seconds,
            peaks.GigaFlopsPerSecond,
            peaks.GigaBytesPerSecond,
            names.Convoy,
            names.OnnxRuntime,
            results);
    }

    private static PeersResult Compare(
        Network network,
        int batch,
        ConvoyEngine convoy,
        OnnxRuntimeEngine onnxRuntime,
        Roofs roofs,
        (long Convoy, long OnnxRuntime)? memory,
        double seconds)
    {
        convoy.Run();
        onnxRuntime.Run();
        double difference = FindDifference(convoy.Scores, onnxRuntime.Scores);
        if (difference > AllowedDifference)
        {
            throw new DisagreementException(FormattableString.Invariant(
                $"{network.Name}, batch {batch}: {convoy.Name} and {onnxRuntime.Name} disagree by {difference:0.0e+0}, more than {AllowedDifference:0e+0}, so their speeds cannot be compared."));
        }

        DuelResult duel = Duel.Fight(convoy, onnxRuntime, batch, seconds);
        return new PeersResult(
            network.Name,
            batch,
            difference,
            roofs.Describe(duel.Left, memory?.Convoy),
            roofs.Describe(duel.Right, memory?.OnnxRuntime),
            duel.Ratio);
    }

    private static WeightSet OpenWeights(Network network) =>
        network.Name == "lenet5" ? PretrainedWeights.LeNet5() : WeightSet.Random(network, WeightSeed);

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

/// <summary>Two engines give different answers; the message says where and by how much.</summary>
internal sealed class DisagreementException(string message) : Exception(message);
