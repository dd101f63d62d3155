using Convoy.Backends;

namespace Convoy.Cli.Commands;

/// <summary>The options whose values a bench combines with each other.</summary>
internal sealed class BenchSweep
{
    /// <summary>Half an hour's work at the usual two seconds; more was hardly meant.</summary>
    private const int MostCombinations = 1000;

    private static readonly int[] DefaultBatches = [1, 8, 64];
    private static readonly int[] DefaultThreads = [0];

    private readonly Option<int[]> _batches = OptionFactory.Integers(
        "--batch", $"Images computed at a time. [default: {string.Join(',', DefaultBatches)}; 1 on the reference device]", 1, SessionOptions.MaxBatchSize);

    private readonly Option<int[]> _threads = OptionFactory.Integers(
        "--threads", $"{ComputeOptions.ThreadsDescription} [default: {DefaultThreads[0]}]", 0, SessionOptions.MaxThreads);

    private readonly Option<WeightPrecision[]> _precisions = AlgorithmOptions.PrecisionList();
    private readonly Option<ConvolutionAlgorithm> _convolution = AlgorithmOptions.Convolution();
    private readonly Option<string?> _devices = ComputeOptions.Device();
    private readonly Option<bool> _trust = ComputeOptions.Trust();

    /// <summary>Adds the options to a command.</summary>
    public BenchSweep(Command command)
    {
        command.Add(_batches);
        command.Add(_threads);
        command.Add(_precisions);
        command.Add(_convolution);
        _devices.HelpName = "NAME,NAME,...";
        command.Add(_devices);
        command.Add(_trust);
    }

    /// <summary>The combinations asked for, without those that a device refuses, which a note names.</summary>
    /// <exception cref="UsageException">They are too many, or a device refuses all of them.</exception>
    public BenchCombination[] Read(ParseResult arguments, Terminal terminal)
    {
        Device[] devices = [.. ComputeOptions.FindDevices(arguments.GetValue(_devices), terminal).Distinct()];
        WeightPrecision[] precisions = arguments.GetValue(_precisions) is { Length: > 0 } someTypes ? someTypes : [WeightPrecision.Float32];
        int[] threads = arguments.GetValue(_threads) is { Length: > 0 } someThreads ? someThreads : DefaultThreads;
        int[]? batches = arguments.GetValue(_batches) is { Length: > 0 } someBatches ? someBatches : null;
        Device[] fixedOnes = FindThreadless(devices, threads);
        foreach (Device device in fixedOnes)
        {
            terminal.Note($"The device '{device}' has threads of its own, and is measured with those.");
        }

        ThrowIfTooMany((long)devices.Length * precisions.Length * threads.Length * (batches ?? DefaultBatches).Length);
        return TakePossible(
            [
                .. from device in devices
                   from precision in precisions
                   from threadCount in fixedOnes.Contains(device) ? DefaultThreads : threads
                   from batch in batches ?? (device == Device.Reference ? [1] : DefaultBatches)
                   select new BenchCombination(device, new SessionOptions
                   {
                       BatchSize = batch,
                       Threads = threadCount,
                       WeightPrecision = precision,
                       ConvolutionAlgorithm = arguments.GetValue(_convolution),
                       TrustDevice = arguments.GetValue(_trust),
                   }),
            ],
            terminal);
    }

    private static void ThrowIfTooMany(long combinations)
    {
        if (combinations > MostCombinations)
        {
            throw new UsageException(FormattableString.Invariant(
                $"These are {combinations:N0} combinations of devices, precisions, threads and batches, and {MostCombinations:N0} is the most that are measured; name fewer, or take larger steps (--batch 1-64*2)."));
        }
    }

    /// <summary>Devices that take none of the threads asked for, beside others that do.</summary>
    private static Device[] FindThreadless(Device[] devices, int[] threads)
    {
        Device[] found = [.. devices.Where(device => threads.All(count => device.FindRefusal(new SessionOptions { Threads = count }) is not null))];
        return found.Length < devices.Length ? found : [];
    }

    /// <summary>Leaves out what a device refuses, and says so; where it is all, the usage is wrong.</summary>
    private static BenchCombination[] TakePossible(BenchCombination[] combinations, Terminal terminal)
    {
        ILookup<string?, BenchCombination> byRefusal = combinations.ToLookup(each => each.Device.FindRefusal(each.Options));
        BenchCombination[] possible = [.. byRefusal[null]];
        IEnumerable<IGrouping<string?, BenchCombination>> refused = byRefusal.Where(group => group.Key is not null);
        if (possible.Length == 0)
        {
            throw new UsageException(refused.First().Key!);
        }

        foreach (IGrouping<string?, BenchCombination> group in refused)
        {
            terminal.Note(FormattableString.Invariant($"Left out {group.Count():N0} of {combinations.Length:N0} combinations: {group.Key}"));
        }

        return possible;
    }
}
