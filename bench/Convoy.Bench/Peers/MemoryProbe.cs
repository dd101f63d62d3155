using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Convoy.Onnx;
using Convoy.Runtime;

namespace Convoy.Bench.Peers;

/// <summary>
/// Measures how much memory each engine takes: each opens the network's file and computes a few batches in a process of its
/// own, and what counts is the most that was ever resident there. The runtime of .NET is in both.
/// </summary>
internal static class MemoryProbe
{
    private const string CommandName = "memory";
    private const int Runs = 3;

    /// <summary>Starts a process for each engine, one after the other.</summary>
    /// <exception cref="ProbeException">A process failed.</exception>
    public static (long Convoy, long OnnxRuntime) Measure(PeersModel model, int batch, int threads, PeersPrecision precision)
    {
        string folder = Directory.CreateTempSubdirectory("convoy-peers-").FullName;
        try
        {
            string safetensors = Path.Combine(folder, "weights.safetensors");
            string onnx = Path.Combine(folder, "model.onnx");
            model.Weights.Save(safetensors);
            OnnxModel.Save(model.Network, model.Weights, onnx);
            return (Start("convoy", model, safetensors, batch, threads, precision), Start("onnxruntime", model, onnx, batch, threads, precision));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The command that runs in such a process; it prints a number of bytes.</summary>
    public static Command CreateCommand()
    {
        var engine = new Argument<string>("engine");
        var model = new Argument<string>("model");
        var file = new Argument<string>("file");
        var batch = new Argument<int>("batch");
        var threads = new Argument<int>("threads");
        var precision = new Argument<string>("precision");
        var command = new Command(CommandName, "Computes a few batches with one engine and prints the most memory that was resident.")
        {
            engine, model, file, batch, threads, precision,
        };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            PeersPrecision stored = PeersPrecision.Find(parsed.GetValue(precision)!)!;
            Network network = PeersModel.OpenNetwork(parsed.GetRequiredValue(model));
            Compute(parsed.GetValue(engine)!, network, parsed.GetValue(file)!, parsed.GetValue(batch), parsed.GetValue(threads), stored);
            using var self = Process.GetCurrentProcess();
            Console.WriteLine(self.PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
            return 0;
        });
        return command;
    }

    private static void Compute(string name, Network network, string path, int batch, int threads, PeersPrecision precision)
    {
        float[] images = RandomImages.Create(network.Input.Shape, batch);
        using IEngine engine = name == "convoy" ? OpenConvoy() : new OnnxRuntimeEngine(network, path, images, batch, threads);
        for (int i = 0; i < Runs; i++)
        {
            engine.Run();
        }

        ConvoyEngine OpenConvoy()
        {
            using var weights = WeightSet.Open(path);
            return new ConvoyEngine(Device.Native, network, weights, images, batch, threads, precision.Weights);
        }
    }

    private static long Start(string engine, PeersModel model, string path, int batch, int threads, PeersPrecision precision)
    {
        string assembly = typeof(MemoryProbe).Assembly.Location;
        string[] arguments = [CommandName, engine, model.Reference, path, $"{batch}", $"{threads}", precision.Name];
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(assembly);
        }

        Array.ForEach(arguments, start.ArgumentList.Add);
        using Process process = Process.Start(start) ?? throw new ProbeException("The process that measures memory does not start.");
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 && long.TryParse(output, CultureInfo.InvariantCulture, out long bytes)
            ? bytes
            : throw new ProbeException($"The process that measures the memory of {engine} ended with exit code {process.ExitCode}; what it wrote is above.");
    }
}

/// <summary>A measurement in a process of its own failed.</summary>
internal sealed class ProbeException(string message) : Exception(message);
