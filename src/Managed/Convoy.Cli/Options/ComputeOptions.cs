using Convoy.Backends;

namespace Convoy.Cli.Options;

/// <summary>Where and how a network is computed, for commands that use one device or share their images among several.</summary>
internal sealed class ComputeOptions
{
    /// <summary>How several devices share images, for the help of commands that take several.</summary>
    public const string SharingDetails =
        "Of several devices each takes the next batch when it is free; one that cannot begin, or fails, is reported, and the others do its work.";

    /// <summary>Describes the option --threads.</summary>
    public const string ThreadsDescription = "Threads that compute (native only); 0 takes as many as the process may use.";

    private static readonly ProgressText Preparing = new("Preparing the network");

    private readonly Option<string?> _device;
    private readonly Option<int?> _batch;
    private readonly int _defaultBatch;
    private readonly Option<int> _threads =
        OptionFactory.Integer("--threads", ThreadsDescription, 0, SessionOptions.MaxThreads, 0);

    private readonly Option<WeightPrecision> _precision = AlgorithmOptions.Precision();
    private readonly Option<ConvolutionAlgorithm> _convolution = AlgorithmOptions.Convolution();
    private readonly Option<bool> _trust = Trust();

    /// <summary>Adds the options to a command.</summary>
    public ComputeOptions(Command command, int defaultBatch, bool takesSeveralDevices = false)
    {
        _device = Device(takesSeveralDevices ? "Several share the images. " : "");
        _device.HelpName = takesSeveralDevices ? "NAME,NAME,..." : _device.HelpName;
        _defaultBatch = defaultBatch;
        _batch = OptionFactory.OptionalInteger(
            "--batch", $"Images computed at a time. [default: {defaultBatch}; 1 on the reference device]", 1, SessionOptions.MaxBatchSize);
        command.Add(_device);
        command.Add(_batch);
        command.Add(_threads);
        command.Add(_precision);
        command.Add(_convolution);
        command.Add(_trust);
    }

    /// <summary>The option that names a device.</summary>
    public static Option<string?> Device(string further = "") => new("--device")
    {
        Description = "What computes: native (the processor's cores), opencl (opencl:1 by number, opencl:nvidia by a part of a name) or "
            + $"reference (double precision, slow). {further}"
            + $"[default: {Runtime.Device.DefaultVariable} in the environment, else the fastest that is usable]",
        HelpName = "NAME",
    };

    /// <summary>The option that keeps a device from being checked.</summary>
    public static Option<bool> Trust() => OptionFactory.Flag(
        "--trust-device", "Do not hold an OpenCL device's kernels against double precision before their first use with its driver, and take its answers as they are.");

    /// <summary>The device asked for.</summary>
    /// <exception cref="DeviceException">There is no such device, or it cannot be used.</exception>
    /// <exception cref="UsageException">It does not do what else is asked for.</exception>
    public Device FindDevice(ParseResult arguments, Terminal terminal) =>
        Check(arguments, FindDevice(arguments.GetValue(_device), terminal));

    /// <summary>The devices asked for, in that order; the default ones where none is.</summary>
    /// <exception cref="DeviceException">There is no such device, or it cannot be used.</exception>
    /// <exception cref="UsageException">One is named twice, or does not do what else is asked for.</exception>
    public Device[] FindDevices(ParseResult arguments, Terminal terminal)
    {
        string? names = arguments.GetValue(_device);
        Device[] devices = FindDevices(names, terminal);
        return devices.GroupBy(device => device).FirstOrDefault(group => group.Count() > 1)?.Key is { } twice
            ? throw new UsageException(
                $"{(names is null ? Runtime.Device.DefaultVariable : "--device")} names '{twice}' more than once; name each device once.")
            : [.. devices.Select(device => Check(arguments, device))];
    }

    /// <summary>Whether any of these options is given.</summary>
    public bool AreGiven(ParseResult arguments) =>
        ((Option[])[_device, _batch, _threads, _precision, _convolution, _trust]).Any(option => arguments.GetResult(option) is { Implicit: false });

    /// <summary>
    /// The devices of a list with commas, in that order, or the default ones; says why where those are not the fastest, and which
    /// drivers are not loaded where OpenCL is used.
    /// </summary>
    /// <exception cref="DeviceException">There is no such device, or none that can be used.</exception>
    public static Device[] FindDevices(string? names, Terminal terminal)
    {
        string? named = names ?? Environment.GetEnvironmentVariable(Runtime.Device.DefaultVariable);
        Device[] devices = terminal.Progress.Run<Device[]>(
            "Looking for devices", () => names is null && !IsList(named) ? [.. Runtime.Device.Defaults] : FindAll(named!, isFromEnvironment: names is null));
        Device? fastest = null;
        if (string.IsNullOrWhiteSpace(named) && Runtime.Device.All[0] is { IsAvailable: false } first)
        {
            fastest = first;
            terminal.Note($"The device '{devices[0]}' is used because '{fastest}' cannot be: {fastest.UnavailableReason}");
        }

        if (devices.Any(device => device.Limits is not null))
        {
            // Before the cores come GPUs, and drivers where one might be.
            foreach (Device driver in Runtime.Device.All.TakeWhile(device => device != Runtime.Device.Native).Where(device => device.Limits is null && device != fastest))
            {
                terminal.Note(driver.UnavailableReason!);
            }
        }

        return devices;
    }

    /// <summary>The device of a name, or the default one; says so where the environment names others beside it.</summary>
    /// <exception cref="DeviceException">There is no such device, or it cannot be used.</exception>
    /// <exception cref="UsageException">Several are named.</exception>
    public static Device FindDevice(string? name, Terminal terminal)
    {
        if (name?.Contains(',') == true)
        {
            throw new UsageException($"This command takes one device, but --device is '{name}'; name one of them.");
        }

        Device[] devices = FindDevices(name, terminal);
        if (devices.Length > 1)
        {
            // What was named is not replaced by what was named behind it.
            Runtime.Device.Find(devices[0].Name);
            terminal.Note($"{Runtime.Device.DefaultVariable} names several devices, and this command uses one: '{devices[0]}', the first.");
        }

        return devices[0];
    }

    /// <summary>Compiles a network as asked for, for devices that share the images, and shows that it does.</summary>
    public Task<SessionGroup> CompileAsync(ParseResult arguments, Network network, Device[] devices, WeightSet weights, Terminal terminal) =>
        terminal.Progress.RunAsync(
            Preparing, counter => Task.FromResult(SessionGroup.Create(devices, device => Compile(arguments, network, device, weights, terminal, counter), terminal)));

    /// <summary>Compiles a network as asked for, and shows that it does.</summary>
    public Task<InferenceSession> CompileAsync(ParseResult arguments, Network network, Device device, WeightSet weights, Terminal terminal) =>
        terminal.Progress.RunAsync(Preparing, counter => Task.FromResult(Compile(arguments, network, device, weights, terminal, counter)));

    /// <summary>Compiles a network as asked for, on another device where nobody named this one and it refuses.</summary>
    public InferenceSession Compile(ParseResult arguments, Network network, Device device, WeightSet weights, Terminal terminal, bool allowChains = true) =>
        Compile(arguments, network, device, weights, terminal, options => options with { AllowChains = allowChains });

    /// <summary>Compiles a network.</summary>
    /// <exception cref="UsageException">The batch is larger than a buffer can be.</exception>
    public static InferenceSession Compile(Network network, Device device, WeightSet weights, SessionOptions options)
    {
        try
        {
            if (network.Input.Shape.Count * options.BatchSize <= int.MaxValue)
            {
                return network.Compile(device, weights, options);
            }
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException)
        {
            throw TooLarge(e);
        }

        throw TooLarge(null);

        UsageException TooLarge(Exception? cause) => new(
            FormattableString.Invariant($"A batch of {options.BatchSize:N0} images is more than {network.Name} can be computed with at a time; use a smaller --batch."),
            cause!);
    }

    private InferenceSession Compile(ParseResult arguments, Network network, Device device, WeightSet weights, Terminal terminal, ProgressCounter counter) =>
        Compile(arguments, network, device, weights, terminal, options => options with { Progress = step => Show(step, counter) });

    private InferenceSession Compile(
        ParseResult arguments, Network network, Device device, WeightSet weights, Terminal terminal, Func<SessionOptions, SessionOptions> with) =>
        DefaultDevice.Compile(
            arguments.GetValue(_device), device, each => Compile(network, each, weights, with(CreateOptions(arguments, each))), terminal);

    /// <summary>Counts what is prepared; each device begins anew.</summary>
    private static void Show(CompileProgress step, ProgressCounter counter)
    {
        if (step.Done == 0)
        {
            counter.Begin(Preparing with { Total = step.Count });
        }

        counter.RaiseTo(step.Done);
    }

    private static bool IsList(string? names) => names?.Contains(',') == true;

    /// <summary>The devices of a list, with those that cannot be used, which are told once the others begin; where none can be, it is an error.</summary>
    /// <exception cref="DeviceException">One is not there, or none can be used.</exception>
    private static Device[] FindAll(string names, bool isFromEnvironment)
    {
        List<Device> devices = [];
        List<DeviceFailure> failures = [];
        try
        {
            foreach (string name in names.Split(','))
            {
                try
                {
                    devices.Add(Runtime.Device.Find(name));
                }
                catch (DeviceException e) when (e.Device is { } unusable)
                {
                    devices.Add(unusable);
                    failures.Add(new DeviceFailure(unusable, e));
                }
            }

            if (failures.Count == devices.Count)
            {
                FailedDevices.Throw(failures);
            }
        }
        catch (DeviceException e) when (isFromEnvironment)
        {
            throw new DeviceException($"{e.Message} (The name comes from the environment variable {Runtime.Device.DefaultVariable}.)", e);
        }

        return [.. devices];
    }

    private Device Check(ParseResult arguments, Device device)
    {
        AlgorithmOptions.ThrowIfRefused(device, CreateOptions(arguments, device));
        return device;
    }

    private SessionOptions CreateOptions(ParseResult arguments, Device device) => new()
    {
        // The reference device gains nothing from a batch, and is ready sooner without.
        BatchSize = arguments.GetValue(_batch) ?? (device == Runtime.Device.Reference ? 1 : _defaultBatch),
        Threads = arguments.GetValue(_threads),
        WeightPrecision = arguments.GetValue(_precision),
        ConvolutionAlgorithm = arguments.GetValue(_convolution),
        TrustDevice = arguments.GetValue(_trust),
    };
}
