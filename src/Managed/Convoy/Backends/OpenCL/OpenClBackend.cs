using Convoy.Backends.OpenCL.Chains;
using Convoy.Backends.OpenCL.Convolutions;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.OpenCL.Verification;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Any OpenCL device, GPU or CPU. Kernels are specialised for the device when they are built. A run of several batches is
/// pipelined, the transfers of one beside the computing of another; separate runs follow one another.
/// </summary>
internal sealed class OpenClBackend : IBackend
{
    /// <summary>Batches in flight: one computes while another is uploaded or downloaded.</summary>
    public const int Slots = 2;

    private readonly SharedContext _shared;
    private readonly ClContext _context;
    private readonly DeviceTraits _device;
    private readonly KernelLibrary _kernels;
    private readonly DeviceMemory _memory;
    private readonly KernelLibrary _plainKernels;
    private readonly StepPreparation _steps;
    private readonly RegionPlanning _planning;
    private readonly KernelVerifier? _verifier;

    /// <summary>Opens a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="shared">What the device's sessions share.</param>
    /// <param name="traits">What kernels are specialised for; null takes the device's own.</param>
    /// <param name="cache">Where built programs are kept; null keeps none.</param>
    /// <param name="options">What is asked of how it computes; null for nothing.</param>
    /// <param name="trial">What kernels are held against before they are used; null trusts the device.</param>
    /// <exception cref="ClException">The device refuses.</exception>
    public OpenClBackend(
        ClDevice device,
        SharedContext shared,
        DeviceTraits? traits = null,
        ProgramCache? cache = null,
        OpenClOptions? options = null,
        KernelTrial? trial = null)
    {
        options ??= OpenClOptions.Default;
        _shared = shared;
        _device = traits ?? DeviceTraits.Of(device);
        _context = shared.Enter();
        try
        {
            _memory = new DeviceMemory(_context, shared.Pool, _device);
        }
        catch
        {
            shared.Leave();
            throw;
        }

        _kernels = new KernelLibrary(_context, _device, cache);
        _plainKernels = new KernelLibrary(_context, _device.Plain, cache);
        _steps = PrepareSteps(_device, _kernels);
        _verifier = trial is null ? null : new KernelVerifier(_memory, _device, trial.Verdicts, trial.Oracle);
        _planning = new RegionPlanning(_steps, PrepareSteps(_device.Plain, _plainKernels), _verifier);

        StepPreparation PrepareSteps(DeviceTraits traits, KernelLibrary kernels) => new(
            traits,
            kernels,
            new ConvolutionPlanning(_memory, traits, kernels, options),
            new ElementwisePreparation(_memory, traits, kernels),
            new InstanceNormPreparation(_memory, traits, kernels),
            new ChainPreparation(_memory, traits, kernels, options));
    }

    /// <summary>Opens a device for this backend alone.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public OpenClBackend(
        ClDevice device,
        DeviceTraits? traits = null,
        ProgramCache? cache = null,
        OpenClOptions? options = null)
        : this(device, new SharedContext(device), traits, cache, options)
    {
    }

    public string Name => "opencl";

    public int Threads => _context.Device.ComputeUnits;

    public int ElementBytes => sizeof(float);

    public int BatchesInFlight => Slots;

    public bool HasOwnClock => true;

    public Layout PreferredLayout => Layout.Nhwc;

    public ImmutableArray<IRegion> Partition(StepGraph graph, int batch)
    {
        var regions = ImmutableArray.CreateBuilder<IRegion>();
        for (int i = 0; i < graph.Steps.Length; i += regions[^1].Steps.Length)
        {
            regions.Add(_planning.Plan(graph.FindRun(i), batch));
        }

        return regions.ToImmutable();
    }

    public IPreparedRegion PrepareTransform(Shape shape, Layout from, Layout to, int images) =>
        Checked(_steps.PrepareTransform(shape, from, to, images), each => _verifier?.Require(each, shape, images));

    public IBatchEntry PrepareEntry(Shape shape, Layout to, PixelNormalization? normalization, int images) => Checked(
        new OpenClEntry(_memory, _device, _kernels, shape, to, normalization, images), each => _verifier?.Require(each, shape, to, normalization, images));

    public IBatchExit PrepareExit(Shape shape, Layout from, int images) =>
        Checked(new OpenClExit(_memory, _kernels, shape, from, images), each => _verifier?.Require(each, shape, from, images));

    public string? FindExcess(in MemoryNeeds needs) =>
        _memory.FindExcess("The images", needs.Images)
        ?? _memory.FindExcess("The scores", needs.Scores)
        ?? _memory.FindExcess(OpenClArena.MapsTitle, needs.Arena)
        ?? _memory.FindExcess(OpenClArena.ScratchTitle, needs.Scratch);

    public IArena CreateArena(long bytes, long scratchBytes)
    {
        // All that a session runs has been checked by now.
        _verifier?.Save();
        return new OpenClArena(_memory, bytes, scratchBytes);
    }

    public void Dispose()
    {
        _verifier?.Save();
        _plainKernels.Dispose();
        _kernels.Dispose();
        _memory.Dispose();
        _shared.Leave();
    }

    /// <summary>What was prepared, once it is known to be right; it goes again where it is not.</summary>
    private static T Checked<T>(T prepared, Action<T> check)
        where T : IDisposable
    {
        try
        {
            check(prepared);
            return prepared;
        }
        catch
        {
            prepared.Dispose();
            throw;
        }
    }
}
