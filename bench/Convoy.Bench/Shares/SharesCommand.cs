using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Convoy.Backends;
using Convoy.Bench.Peers;
using Convoy.Memory;
using Convoy.Profiling;
using Convoy.Runtime;

namespace Convoy.Bench.Shares;

/// <summary>
/// The <c>shares</c> command: the profile's shares of a batch's time beside those of the same regions run alone, which nothing
/// of the profiler takes part in. A region alone finds its own feature maps and weights in the caches, so that its share is
/// expected to differ by a few points, no more.
/// </summary>
internal static class SharesCommand
{
    private const int Rounds = 15;

    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "A model's name, or a file.", DefaultValueFactory = _ => "alexnet" };
        var device = new Option<string>("--device") { Description = "The device.", DefaultValueFactory = _ => Device.Native.Name };
        var batch = new Option<int>("--batch") { Description = "Images at a time.", DefaultValueFactory = _ => 64 };
        var command = new Command("shares", "Holds a profile's shares of the time against each region run alone.") { model, device, batch };
        command.SetAction(parsed => Run(parsed.GetValue(model)!, Device.Find(parsed.GetValue(device)!), parsed.GetValue(batch)));
        return command;
    }

    private static int Run(string reference, Device device, int batch)
    {
        using var model = PeersModel.Open(reference);
        var options = new SessionOptions { BatchSize = batch };
        using InferenceSession session = model.Network.Compile(device, model.Weights, options);
        using PooledBuffer<float> images = NativeMemoryPool.Shared.Rent<float>(batch * session.InputShape.Count);
        RandomImages.Create(session.InputShape, batch).CopyTo(images.Span);
        LayerProfile[] profiled = [.. session.Profile(images.Span, new ProfileOptions { Batches = Rounds, UsesPeaks = false }).Layers.Where(layer => layer.Name is not ("input" or "output") && layer.Op != "transform")];
        using IBackend backend = device.CreateBackend(options);
        double[] alone = [.. backend.Partition(StepGraph.Create(model.Network), batch).Select(region => Time(backend, region, batch))];
        double whole = profiled.Sum(layer => layer.Milliseconds);
        Console.WriteLine($"{reference} on {device}, batch {batch}: shares of the time, in percent");
        Console.WriteLine($"{"layer",-24} {"profile",8} {"alone",8} {"points",8} {"alone, ms",10}");
        double largest = 0;
        foreach ((LayerProfile layer, double milliseconds) in profiled.Zip(alone))
        {
            double share = 100 * layer.Milliseconds / whole;
            double shareAlone = 100 * milliseconds / alone.Sum();
            largest = Math.Max(largest, Math.Abs(share - shareAlone));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{layer.Name,-24} {share,8:F1} {shareAlone,8:F1} {share - shareAlone,8:F1} {milliseconds,10:F3}"));
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"together {whole:F1} ms in the profile, {alone.Sum():F1} ms alone; the largest difference is {largest:F1} points"));
        return 0;
    }

    /// <summary>A batch's time in a region, in milliseconds: the median of several rounds.</summary>
    private static double Time(IBackend backend, IRegion region, int batch)
    {
        using var single = new SingleRegion(backend, region);
        int runs = (batch + region.MicroBatch - 1) / region.MicroBatch;
        double[] times = new double[Rounds];
        single.Run();
        for (int round = 0; round < Rounds; round++)
        {
            long begin = Stopwatch.GetTimestamp();
            for (int run = 0; run < runs; run++)
            {
                single.Run();
            }

            single.Finish();
            times[round] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        }

        Array.Sort(times);
        return times[Rounds / 2] * batch / (runs * region.MicroBatch);
    }
}
