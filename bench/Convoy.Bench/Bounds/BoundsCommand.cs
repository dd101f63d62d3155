using System.CommandLine;
using System.Globalization;
using Convoy.Profiling;
using Convoy.Runtime;

namespace Convoy.Bench.Bounds;

/// <summary>
/// The <c>bounds</c> command: what a profile says that bounds layers of which it is known, measured here against this machine's
/// peaks. It fails where the profile says otherwise.
/// </summary>
internal static class BoundsCommand
{
    private const int Batches = 30;

    public static Command Create()
    {
        var device = new Option<string>("--device") { Description = "The device.", DefaultValueFactory = _ => Device.Native.Name };
        var threads = new Option<int>("--threads") { Description = "Threads that compute; 0 for all.", DefaultValueFactory = _ => 0 };
        var command = new Command("bounds", "Profiles three layers whose bound is known, and returns 1 where the profile has another.") { device, threads };
        command.SetAction(parsed => Run(parsed.GetValue(device)!, parsed.GetValue(threads)));
        return command;
    }

    private static int Run(string name, int threads)
    {
        try
        {
            var device = Device.Find(name);
            DevicePeaks peaks = DevicePeaks.Of(device, threads > 0 ? threads : Math.Max(1, device.Threads), out string? problem) ?? throw new DeviceException(problem!);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{device.Name}, {device.Description}: {peaks.GigaFlopsPerSecond:F1} GFLOP/s, {peaks.GigaBytesPerSecond:F1} GB/s, last-level cache {peaks.CacheBytes / 1e6:F0} MB"));
            Console.WriteLine($"{"layer",-16} {"batch",5} {"ms",9} {"known",-10} {"bound by",-10} {"%",5} {"of peak, %",10} {"of memory, %",12}");
            bool[] found = [.. KnownBound.All(peaks).Select(known => IsFound(known, device, threads))];
            return found.All(each => each) ? 0 : 1;
        }
        catch (ConvoyException e)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static bool IsFound(KnownBound known, Device device, int threads)
    {
        using var weights = WeightSet.Random(known.Network, 1);
        using InferenceSession session = known.Network.Compile(device, weights, new SessionOptions { BatchSize = known.Batch, Threads = threads });
        NetworkProfile profile = session.Profile(new float[known.Batch * session.InputShape.Count], new ProfileOptions { Batches = Batches, MeasuresStream = false });
        if (profile.Peaks is not { } peaks)
        {
            throw new DeviceException(profile.PeaksProblem!);
        }

        LayerProfile layer = profile.Layers.Single(each => each.Name == known.Network.Name);
        string bound = layer.Limit?.Bound.ToString().ToLowerInvariant() ?? "unclear";
        double ofMemory = 1e5 * (layer.MemoryGigaBytes ?? 0) / layer.Milliseconds / peaks.GigaBytesPerSecond;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{layer.Name,-16} {known.Batch,5} {layer.Milliseconds,9:F4} {known.Bound.ToString().ToLowerInvariant(),-10} {bound,-10} {layer.Limit?.Percent ?? 0,5:F0} {layer.PercentOfPeak ?? 0,10:F1} {ofMemory,12:F1}"));
        return layer.Limit?.Bound == known.Bound;
    }
}
