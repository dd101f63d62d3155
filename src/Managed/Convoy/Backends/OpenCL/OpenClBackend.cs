using Convoy.Backends.OpenCL.Convolutions;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;

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
    private readonly StepPreparation _steps;

    /// <summary>Opens a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="shared">What the device's sessions share.</param>
    /// <param name="traits">What kernels are specialised for; null takes the device's own.</param>
    /// <param name="cache">Where built programs are kept; null keeps none.</param>
    /// <param name="convolutions">How convolutions are computed.</param>
    /// <exception cref="ClException">The device refuses.</exception>
    public OpenClBackend(
        ClDevice device,
        SharedContext shared,
        DeviceTraits? traits = null,
        ProgramCache? cache = null,
        ConvolutionChoice convolutions = default)
    {
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
        _steps = new StepPreparation(_memory, _device, _kernels, convolutions);
    }

    /// <summary>Opens a device for this backend alone.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public OpenClBackend(
        ClDevice device, DeviceTraits? traits = null, ProgramCache? cache = null, ConvolutionChoice convolutions = default)
        : this(device, new SharedContext(device), traits, cache, convolutions)
    {
    }

    public string Name => "opencl";

    public int Threads => _context.Device.ComputeUnits;

    public int ElementBytes => sizeof(float);

    public int BatchesInFlight => Slots;

    public Layout PreferredLayout => Layout.Nhwc;

    public bool TakesPool(FusedStep convolution, Pool2D pool, int batch) => _steps.TakesPool(convolution, pool);

    public IStep Prepare(FusedStep step, StepWeights weights, int batch) => _steps.Prepare(step, weights, batch);

    public IStep PrepareTransform(Shape shape, Layout from, Layout to, int batch) => _steps.PrepareTransform(shape, from, to, batch);

    public IBatchEntry PrepareEntry(Shape shape, Layout to, PixelNormalization? normalization, int batch) =>
        new OpenClEntry(_memory, _device, _kernels, shape, to, normalization, batch);

    public IBatchExit PrepareExit(Shape shape, Layout from, int batch) => new OpenClExit(_memory, _kernels, shape, from, batch);

    public IArena CreateArena(long bytes, long scratchBytes) => new OpenClArena(_memory, bytes, scratchBytes);

    public void Dispose()
    {
        _kernels.Dispose();
        _memory.Dispose();
        _shared.Leave();
    }
}
