using System.Diagnostics;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Peaks;

/// <summary>What an OpenCL device can do at best, by the kernels of kernels/peaks.cl and its own clock.</summary>
internal sealed class OpenClPeaks : IDisposable
{
    /// <summary>The kernels' file.</summary>
    public const string File = "peaks.cl";

    // As the file has it; one launch's work-items do so many multiply-adds for each repeat.
    private const int Chains = 10;
    private const int MostRepeats = 1 << 20;

    // Work-items for each unit. Cores take turns at long ones; a GPU hides the latency of memory behind many short ones.
    private const int CpuItems = 8;
    private const int GpuItems = 4096;
    private const int GpuGroup = 128;

    private const long MostMemory = 256L << 20;
    private const int ShareOfMemory = 4;

    // A core reads on where it stopped a round before, so that nothing is left in its caches.
    private const int CpuPieces = 8;

    // What else is in a cache.
    private const int ShareOfCache = 2;

    private const int StepsAtOnce = 4;

    private const long CopyBytes = 32L << 20;
    private const int ShortestRounds = 1_001;

    // As many as clpeak's mean would settle with: a thread that waits for work wakes up fast or slowly, now this way for a while, now that.
    private const int Launches = 4_000;

    // A driver of cores may let one of them idle for a while, and is then as fast as the others are.
    private const double LeastShareOfUnits = 0.75;

    // Half precision and the cache are one more each, where there is any.
    private const int Measurements = 6;

    private readonly ClDevice _device;
    private readonly ProgramCache? _cache;
    private readonly ClContext _context;
    private readonly TimedQueue _queue;
    private readonly bool _isCpu;

    /// <exception cref="ClException">The device cannot be used.</exception>
    private OpenClPeaks(ClDevice device, ProgramCache? cache)
    {
        (_device, _cache, _isCpu) = (device, cache, device.Type == ClDeviceType.Cpu);
        _context = new ClContext(device);
        _queue = CreateQueue(_context);
    }

    private int[] Widths => _isCpu ? [16, 8, 4] : [1, 2, 4];

    // Floats of a vector that is read.
    private int ReadingWidth => _isCpu ? 16 : 4;

    private int VectorBytes => ReadingWidth * sizeof(float);

    private int Group => _isCpu ? 1 : (int)Math.Min(GpuGroup, _device.MaxWorkGroupSize);

    private int Items => _device.ComputeUnits * (_isCpu ? CpuItems : GpuItems / Group * Group);

    /// <summary>Measures a device now; what fails is reported, not thrown.</summary>
    public static MeasuredPeaks Measure(ClDevice device, ProgramCache? cache, Action<PeakProgress>? progress = null)
    {
        var peaks = new MeasuredPeaks(device.ComputeUnits)
        {
            CacheSize = device.GlobalCacheBytes,
            HalfReason = device.HasFp16 ? null : "the driver has no cl_khr_fp16",
            Count = Measurements + (device.HasFp16 ? 1 : 0) + (HasCache(device) ? 1 : 0),
            Progress = progress,
        };
        try
        {
            using var measuring = new OpenClPeaks(device, cache);
            measuring.Fill(peaks);
        }
        catch (ConvoyException e)
        {
            peaks.Miss("The device", e.Message);
        }

        return peaks;
    }

    /// <summary>A queue of a context, which goes with it where there is none.</summary>
    private static TimedQueue CreateQueue(ClContext context)
    {
        try
        {
            return new TimedQueue(context);
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _queue.Dispose();
        _context.Dispose();
    }

    private static bool HasCache(ClDevice device) => device.GlobalCacheBytes > 0;

    private void Fill(MeasuredPeaks peaks)
    {
        peaks.Flops = peaks.Try("Arithmetic", () => MeasureArithmetic("float", ""));
        peaks.HalfFlops = _device.HasFp16 ? peaks.Try("Arithmetic in half precision", () => MeasureArithmetic("half", " -D NEEDS_HALF")) : null;
        peaks.MemoryBytes = peaks.Try("The bandwidth of memory", MeasureMemory);
        peaks.CacheBytes = HasCache(_device) ? peaks.Try("The bandwidth of the cache", MeasureCache) : null;
        peaks.UploadBytes = peaks.Try("Copying to the device", () => MeasureCopy(isUpload: true));
        peaks.DownloadBytes = peaks.Try("Copying from the device", () => MeasureCopy(isUpload: false));
        peaks.ShortestSeconds = peaks.Try("A kernel that does nothing", () => MeasureNothing(launch => BestRate.MedianOf(ShortestRounds, () =>
        {
            ClEventTimes times = launch();
            return TimedQueue.Seconds(times.Started, times.Ended);
        })));
        peaks.LaunchSeconds = peaks.Try("Launching a kernel", () => MeasureNothing(launch => BestRate.MeanOf(Launches, () =>
        {
            ClEventTimes times = launch();
            return TimedQueue.Seconds(times.Queued, times.Ended);
        })));
    }

    /// <summary>The best of all widths: which that is depends on the device's registers, and on its compiler.</summary>
    private BestRate MeasureArithmetic(string type, string options)
    {
        using var results = ClBuffer.Allocate(_context, (long)Items * sizeof(float));
        BestRate? best = null;
        foreach (int width in Widths)
        {
            using ClProgram program = Build($"-D REAL={type} -D WIDTH={width}{options}");
            using ClKernel kernel = program.CreateKernel("multiply_adds");
            kernel.Set("scale", 1f);
            kernel.Set("step", 1f);
            kernel.Set("y", results);
            ClArgument<int> repeats = kernel.Argument<int>("repeats");
            void Enqueue(int times, ClEvent signal)
            {
                repeats.Set(times);
                _queue.Queue.Enqueue(kernel, new WorkSize(Items), new WorkSize(Group), signal: signal);
            }

            // Whatever is put off to the first launch, compiling included, is none of the work.
            _queue.Time(signal => Enqueue(1, signal));
            (TimeSpan own, long begin) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
            BestRate rate = _queue.Measure(MostRepeats, 2.0 * Chains * width * Items, Enqueue);
            if (_isCpu && (Environment.CpuUsage.TotalTime - own) < LeastShareOfUnits * _device.ComputeUnits * Stopwatch.GetElapsedTime(begin))
            {
                rate.Doubt();
            }

            best = best is null || rate.Best > best.Best ? rate : best;
        }

        return best!;
    }

    /// <summary>A core reads a piece from front to back; on a GPU, neighbours read neighbouring vectors, all of the memory in a round.</summary>
    private BestRate MeasureMemory()
    {
        long most = Math.Min(Math.Min(MostMemory, _device.MaxAllocationBytes), _device.GlobalMemoryBytes / ShareOfMemory);
        int rounds = _isCpu ? CpuPieces : 1;
        int count = CountOf(most / rounds, Items);
        if (count == 0)
        {
            throw new BackendException($"The device does not allocate enough memory at a time to measure it with: at most {_device.MaxAllocationBytes:N0} bytes (CL_DEVICE_MAX_MEM_ALLOC_SIZE).");
        }

        int vectors = count * Items;
        int round = 0;
        return Read((long)vectors * rounds, count, Items, turn: 0, enqueue =>
            _queue.Measure((double)vectors * VectorBytes, signal => enqueue(round++ % rounds * vectors, 1, signal)));
    }

    /// <summary>Each unit reads all of what half of the cache holds, again and again, and nothing twice before it has read the rest.</summary>
    private BestRate MeasureCache()
    {
        long bytes = Math.Min(Math.Min(_device.GlobalCacheBytes / ShareOfCache, MostMemory), _device.MaxAllocationBytes);
        int pieces = (int)Math.Min(Items, bytes / VectorBytes / StepsAtOnce);
        int count = pieces == 0 ? 0 : CountOf(bytes, pieces);
        if (count == 0)
        {
            throw new BackendException($"The device's cache of {_device.GlobalCacheBytes:N0} bytes (CL_DEVICE_GLOBAL_MEM_CACHE_SIZE) is too small to tell it from registers.");
        }

        // Cores are apart, so that none reads what another just left in its own cache; a GPU's neighbours stay beside one another.
        int turn = _isCpu ? (pieces / 2) + 1 : Group + (Items / _device.ComputeUnits);
        return Read((long)count * pieces, count, pieces, turn % pieces, enqueue =>
            _queue.Measure(MostRepeats, (double)Items * count * VectorBytes, (repeats, signal) => enqueue(0, repeats, signal)));
    }

    /// <summary>Has a memory read, piece by piece.</summary>
    /// <param name="vectors">What the memory has.</param>
    /// <param name="count">Vectors of a piece.</param>
    /// <param name="pieces">Pieces that are read in a round.</param>
    /// <param name="turn">How many pieces further on a work-item reads its next.</param>
    /// <param name="measure">Measures, given what enqueues a round: its first vector, pieces of a work-item, and the event.</param>
    private BestRate Read(long vectors, int count, int pieces, int turn, Func<Action<int, int, ClEvent>, BestRate> measure)
    {
        using var memory = ClBuffer.Allocate(_context, vectors * VectorBytes);
        using var results = ClBuffer.Allocate(_context, (long)Items * sizeof(float));
        _queue.Queue.BeginFill(memory, 1f, 0, memory.Bytes);
        using ClProgram program = Build($"-D WIDTH={ReadingWidth}");
        using ClKernel kernel = program.CreateKernel("read_memory");
        kernel.Set("between", _isCpu ? count : 1);
        kernel.Set("step", _isCpu ? 1 : pieces);
        kernel.Set("count", count);
        kernel.Set("pieces", pieces);
        kernel.Set("turn", turn);
        kernel.Set("x", memory);
        kernel.Set("y", results);
        ClArgument<int> first = kernel.Argument<int>("first");
        ClArgument<int> repeats = kernel.Argument<int>("repeats");
        return measure((from, times, signal) =>
        {
            first.Set(from);
            repeats.Set(times);
            _queue.Queue.Enqueue(kernel, new WorkSize(Items), new WorkSize(Group), signal: signal);
        });
    }

    /// <summary>Vectors that each of so many pieces of a memory has.</summary>
    private int CountOf(long bytes, int pieces) => (int)(bytes / VectorBytes / pieces / StepsAtOnce * StepsAtOnce);

    /// <summary>Between memory that the host reaches fast and the device's, as batches are.</summary>
    private BestRate MeasureCopy(bool isUpload)
    {
        long bytes = Math.Min(Math.Min(CopyBytes, _device.MaxAllocationBytes), _device.GlobalMemoryBytes / ShareOfMemory);
        using var memory = ClBuffer.Allocate(_context, bytes);
        using var staging = ClBuffer.Allocate(_context, bytes, ClMemoryKind.Pinned);
        PinnedMemory host = _queue.Queue.Map(staging, ClMapAccess.ReadWrite);
        try
        {
            host.Span.Fill(1);
            _queue.Queue.Write<byte>(memory, 0, host.Span);
            return _queue.Measure(bytes, signal =>
            {
                if (isUpload)
                {
                    _queue.Queue.BeginWrite(memory, 0, host, signal: signal);
                }
                else
                {
                    _queue.Queue.BeginRead(memory, 0, host, signal: signal);
                }
            });
        }
        finally
        {
            _queue.Queue.TryUnmap(staging, host);
            _queue.Queue.TryFinish();
        }
    }

    private double MeasureNothing(Func<Func<ClEventTimes>, double> measure)
    {
        using ClProgram program = Build($"-D WIDTH={Widths[0]}");
        using ClKernel kernel = program.CreateKernel("nothing");
        kernel.Set("unused", 0);
        return measure(() => _queue.Time(signal => _queue.Queue.Enqueue(kernel, new WorkSize(1), new WorkSize(1), signal: signal)).Times);
    }

    private ClProgram Build(string options) => ClProgram.Build(_context, KernelSource.Load(File), $"-cl-std=CL1.2 {options}", _cache);
}
