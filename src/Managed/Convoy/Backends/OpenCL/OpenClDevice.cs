using System.IO.Hashing;
using System.Text;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.OpenCL.Peaks;
using Convoy.Backends.OpenCL.Trials;
using Convoy.Backends.OpenCL.Verification;
using Convoy.Memory;

namespace Convoy.Backends.OpenCL;

/// <summary>An OpenCL device of this machine. Looking for them never throws.</summary>
internal sealed class OpenClDevice : IPeakSource
{
    private const string SmallestFile = "probe.cl";
    private const string SmallestKernel = "probe";

    private static readonly Lazy<ClEnvironment> Environment = new(() => DriverTrials.Inspect());
    private static readonly Lazy<IReadOnlyList<OpenClDevice>> Devices = new(() =>
        [.. Environment.Value.Devices.Select(device => new OpenClDevice(device))]);

    private static readonly Lazy<ProgramCache> Cache = new(ProgramCache.FromEnvironment);
    private readonly ClDevice _device;
    private readonly SharedContext _shared;
    private readonly Lazy<KernelVerdicts> _verdicts;

    /// <summary>Stands for a device, which sessions of this process share.</summary>
    internal OpenClDevice(ClDevice device)
    {
        _device = device;
        _shared = new SharedContext(device);
        _verdicts = new(() => new KernelVerdicts(device, KernelVerdictFile.FromEnvironment()));
    }

    /// <summary>Every device, in the loader's order.</summary>
    public static IReadOnlyList<OpenClDevice> All => Devices.Value;

    /// <summary>True where nothing of OpenCL is loaded, because of what became of a process that did.</summary>
    public static bool IsPassedOver => Environment.Value.Loader.IsPassedOver;

    /// <summary>The drivers that are not loaded, because they bring down the process that does.</summary>
    public static IReadOnlyList<ClDriverFault> PassedOver => Environment.Value.PassedOver;

    /// <summary>The registered drivers that cannot be loaded.</summary>
    public static IEnumerable<ClVendorFile> Broken => Environment.Value.Broken;

    /// <summary>Why there are none and what to do about it; null when there are some.</summary>
    public static string? UnavailableReason => ClSentences.Of(Environment.Value);

    /// <summary>Points the loader of a process to be started to the drivers that this one has loaded, where that left some out.</summary>
    /// <returns>What to dispose of once the process has ended; null where it finds the same drivers anyway.</returns>
    public static IDisposable? ShareDrivers(IDictionary<string, string?> environment)
    {
        if (PassedOver.Count == 0)
        {
            return null;
        }

        var selection = new DriverSelection([.. Environment.Value.Vendors.Files.Where(file => !PassedOver.Any(fault => fault.Concerns(file)))]);
        selection.ApplyTo(environment);
        return selection;
    }

    /// <summary>What the device says of itself.</summary>
    public ClDevice Facts => _device;

    /// <summary>What its sessions hold of its memory.</summary>
    public MemoryCounters Memory => _shared.Pool.Counters;

    /// <summary>Why it cannot be used and what to do about it, from what it says of itself; null where nothing is known to be in the way.</summary>
    public string? Unfitness => _device.Unfitness;

    /// <summary>The same after it was opened, where nothing is known to be in the way of that.</summary>
    public string? FindProblem() => Unfitness ?? _shared.FindProblem();

    /// <summary>Why it does not build the smallest kernel, with the options of those that networks run; null where it does.</summary>
    public string? FindBuildProblem()
    {
        try
        {
            ClContext context = _shared.Enter();
            try
            {
                using ClProgram program = ClProgram.Build(context, KernelSource.Load(SmallestFile), DeviceTraits.Of(_device).Options, Cache.Value);
                using ClKernel kernel = program.CreateKernel(SmallestKernel);
                return null;
            }
            finally
            {
                _shared.Leave();
            }
        }
        catch (ConvoyException e)
        {
            // Behind the sentence comes the compiler's log.
            return e.Message.Split('\n')[0];
        }
    }

    /// <summary>True for a GPU, and for no program that acts as one: what is preferred to the processor.</summary>
    public bool IsGpu => _device is { Type: ClDeviceType.Gpu, IsSimulator: false };

    /// <summary>Its place where several may be meant, the first to prefer: GPUs that can be used, then others, then simulators, then what cannot be used.</summary>
    public int Rank => Unfitness is not null ? 3 : _device.IsSimulator ? 2 : IsGpu ? 0 : 1;

    /// <summary>Cores, or whatever the device has of them.</summary>
    public int ComputeUnits => _device.ComputeUnits;

    /// <summary>What it is, for people.</summary>
    public string Description => $"{_device.Name}, {_device.Platform.Name}, {_device.Version}";

    /// <summary>True when a part of the device's, its vendor's or its platform's name is given, in upper or lower case.</summary>
    public bool Matches(string text) => new[] { _device.Name, _device.Vendor, _device.Platform.Name, _device.Platform.Vendor }
        .Any(name => name.Contains(text, StringComparison.OrdinalIgnoreCase));

    /// <summary>A driver's code may end the process.</summary>
    bool IPeakSource.IsRisky => true;

    /// <summary>What it is, with its driver and the kernels that measure it.</summary>
    string IPeakSource.Describe(int threads)
    {
        string kernels = Convert.ToHexStringLower(XxHash3.Hash(Encoding.UTF8.GetBytes(KernelSource.Load(OpenClPeaks.File).Text)));
        return FormattableString.Invariant(
            $"opencl: {_device.Platform.Name} {_device.Platform.Version}, {_device.Name}, driver {_device.DriverVersion}, units {_device.ComputeUnits}, kernels {kernels}");
    }

    MeasuredPeaks IPeakSource.Measure(int threads, Action<PeakProgress>? progress) => OpenClPeaks.Measure(_device, Cache.Value, progress);

    /// <summary>Opens the device for sessions.</summary>
    /// <param name="options">What they ask for.</param>
    /// <param name="oracle">What kernels are held against before they are used; null trusts the device.</param>
    public IBackend CreateBackend(OpenClOptions options, IStepOracle? oracle = null) => new OpenClBackend(
        _device,
        _shared,
        cache: Cache.Value,
        options: options,
        trial: oracle is null ? null : new KernelTrial(_verdicts.Value, oracle));
}
