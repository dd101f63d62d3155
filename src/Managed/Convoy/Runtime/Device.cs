using Convoy.Backends;
using Convoy.Backends.Native;
using Convoy.Backends.Reference;
using Convoy.Memory;

namespace Convoy.Runtime;

/// <summary>Something networks can be compiled for.</summary>
public sealed class Device
{
    /// <summary>The environment variable that names the default device, or several with commas in between.</summary>
    public const string DefaultVariable = "CONVOY_DEVICE";

    private readonly Func<SessionOptions, IBackend> _createBackend;
    private readonly string? _unavailableReason;
    private readonly Lazy<string?> _openingProblem;
    private readonly Lazy<string?> _trialProblem;

    internal Device(
        string name,
        string description,
        int threads,
        string? unavailableReason,
        Func<SessionOptions, IBackend> createBackend,
        DeviceLimits? limits = null,
        MemoryCounters? memory = null,
        DeviceType type = DeviceType.Cpu,
        IPeakSource? peaks = null)
    {
        Name = name;
        Description = description;
        Threads = threads;
        _unavailableReason = unavailableReason;
        _openingProblem = new(() => Opening?.Invoke());
        _trialProblem = new(() => Trial?.Invoke());
        Type = limits?.Type ?? type;
        Limits = limits;
        Memory = memory;
        PeakSource = peaks;
        _createBackend = createBackend;
    }

    /// <summary>The processor's cores through the C library.</summary>
    public static Device Native { get; } = new(
        "native",
        NativeLibraryState.IsAvailable ? $"{Processor.Name}, {NativeLibraryState.InstructionSetName}" : Processor.Name,
        Environment.ProcessorCount,
        NativeLibraryState.UnavailableReason,
        options => new NativeBackend(
            options.Threads,
            new NativeOptions(options.InstructionSet)
            {
                Convolution = options.ConvolutionAlgorithm,
                Precision = options.WeightPrecision,
                TakesBytes = options.Normalization is not null,
                AllowsChains = options.AllowChains,
                Tuning = TuningCache.FromEnvironment(),
            }),
        peaks: new NativePeaks());

    /// <summary>Double precision in plain loops: slow, and right.</summary>
    public static Device Reference { get; } = new(
        "reference", "double precision in plain loops, one thread", 1, null, _ => new ReferenceBackend());

    /// <summary>
    /// Every device this process knows of, usable or not: OpenCL's GPUs, the cores, OpenCL's others, the reference. Where OpenCL
    /// has no device, "opencl" is among them with the reason. An OpenCL driver known to abort or hang is not loaded, and listed
    /// as a device that cannot be used; one that is not known to would take this process with it, unless
    /// <see cref="Diagnostics.OpenClTrial"/> has drivers tried.
    /// </summary>
    public static IReadOnlyList<Device> All => DeviceCatalog.All;

    /// <summary>
    /// The devices used where none is named: those CONVOY_DEVICE names, with commas in between, or else a GPU if there is
    /// one that can be used, builds a kernel and is no simulator, or else the first that is usable.
    /// </summary>
    /// <exception cref="DeviceException">CONVOY_DEVICE names a device that is not there or cannot be used.</exception>
    public static IReadOnlyList<Device> Defaults => DeviceCatalog.FindDefaults();

    /// <summary>The first of the <see cref="Defaults"/>, for what takes one device only.</summary>
    /// <exception cref="DeviceException">CONVOY_DEVICE names a device that is not there or cannot be used.</exception>
    public static Device Default => Defaults[0];

    /// <summary>The name it is asked for by: "native".</summary>
    public string Name { get; }

    /// <summary>What it is, for people.</summary>
    public string Description { get; }

    /// <summary>Who made it; empty where that is not known.</summary>
    public string Vendor => Limits?.Vendor ?? Processor.Vendor;

    /// <summary>The clock at most, or of the moment where the system has only that; null where it has neither.</summary>
    public int? ClockMegahertz => Limits is null ? Processor.ClockMegahertz : Limits.ClockMegahertz;

    /// <summary>The version of what computes on it: of OpenCL, as the driver writes it, or of the C library's interface, "ABI version 9". Null where there is none.</summary>
    public string? Version =>
        Limits?.Version ?? (PeakSource is NativePeaks && NativeLibraryState.AbiVersion is { } version ? FormattableString.Invariant($"ABI version {version}") : null);

    /// <summary>The instruction sets that the C library has kernels for here, the best last; empty for other devices, and where it cannot be used.</summary>
    public ImmutableArray<InstructionSet> InstructionSets => PeakSource is NativePeaks && IsAvailable ? NativeLibraryState.InstructionSets : [];

    /// <summary>Its memory: the device's own, or what this process may use of the host's.</summary>
    public long MemoryBytes => Limits?.GlobalMemoryBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Threads that compute where a session asks for no number of its own.</summary>
    public int Threads { get; }

    /// <summary>What kind of hardware it is.</summary>
    public DeviceType Type { get; }

    /// <summary>What an OpenCL device says of itself; null for others, which have the host's limits.</summary>
    public DeviceLimits? Limits { get; }

    /// <summary>
    /// What all sessions on an OpenCL device hold of its memory; null for others, which compute in the host's
    /// (<see cref="NativeMemoryPool"/>).
    /// </summary>
    public MemoryCounters? Memory { get; }

    /// <summary>True where batches are transferred to memory of the device's own and back; false where it works in the host's.</summary>
    public bool HasOwnMemory => Limits is { HasUnifiedMemory: false };

    /// <summary>True when networks can be compiled for it. The first to ask of an OpenCL device opens it.</summary>
    public bool IsAvailable => UnavailableReason is null;

    /// <summary>Why it cannot be used and what to do about it; null when it can, as far as is known. The first to ask of an OpenCL device opens it.</summary>
    public string? UnavailableReason => _unavailableReason ?? _openingProblem.Value ?? (_trialProblem.IsValueCreated ? _trialProblem.Value : null);

    /// <summary>
    /// The device of a name: "native", "reference", "opencl" (the first OpenCL device, a GPU before others), "opencl:1" (by
    /// its number) or "opencl:nvidia" (by a part of its name, its vendor's or its platform's). A device asked for by name is
    /// never replaced by another.
    /// </summary>
    /// <exception cref="DeviceException">There is none of this name, or it cannot be used; the sentence says which and why.</exception>
    public static Device Find(string name) => DeviceCatalog.Find(name);

    /// <summary>
    /// Why the device does not compute with these options, in a sentence; null when it does. What it cannot honour is refused,
    /// not ignored, except <see cref="SessionOptions.AllowChains"/>: a device that has no chains honours both.
    /// </summary>
    public string? FindRefusal(SessionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return this == Native ? null
            : options.Threads != 0
            ? $"The device '{Name}' has threads of its own; a number of them can be asked for on '{Native.Name}' only."
            : options.InstructionSet != InstructionSet.Auto
            ? $"The device '{Name}' runs no kernels of the C library; their instruction set can be asked for on '{Native.Name}' only."
            : options.WeightPrecision != WeightPrecision.Float32
            ? $"The device '{Name}' keeps weights as they are; only '{Native.Name}' stores them in 16 bits."
            : this == Reference && options.ConvolutionAlgorithm != ConvolutionAlgorithm.Auto
            ? $"The device '{Name}' computes convolutions in its own way; an algorithm can be asked for on '{Native.Name}' and on OpenCL devices."
            : null;
    }

    /// <summary>Measures what it can do at best; null where nobody asks that of it.</summary>
    internal IPeakSource? PeakSource { get; }

    /// <summary>Opens it, and returns why that cannot be; null where there is nothing to open.</summary>
    internal Func<string?>? Opening { get; init; }

    /// <summary>Has it build a kernel, and returns why that cannot be; null where it needs none.</summary>
    internal Func<string?>? Trial { get; init; }

    /// <summary>Whether it can be used and has built a kernel: what is asked of a device that nobody named. One that fails is unavailable from then on.</summary>
    internal bool Passes() => IsAvailable && _trialProblem.Value is null;

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    internal IBackend CreateBackend(SessionOptions options) =>
        !IsAvailable ? throw new DeviceException(this)
        : FindRefusal(options) is { } refusal ? throw new DeviceException(refusal)
        : _createBackend(options);
}
