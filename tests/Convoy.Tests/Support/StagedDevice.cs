using System.Collections.Immutable;
using Convoy.Backends.Reference;

namespace Convoy.Tests.Support;

/// <summary>A device that computes right, but when and whether is up to a test: slow, in step with another, or failing.</summary>
internal sealed class StagedDevice
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Action<StagedDevice> _onBatch;
    private int _entered;
    private int _begun;
    private int _done;
    private int _images;
    private volatile bool _failed;
    private StopSignal _stop;

    /// <summary>Creates a device.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="onBatch">Happens in each batch, after the scores were made a mess of and before they are answered.</param>
    /// <param name="batchesInFlight">How many batches may have entered before the first is answered.</param>
    /// <param name="limits">What it says of itself.</param>
    /// <param name="peaks">What measures its peaks; null where nobody does.</param>
    public StagedDevice(string name, Action<StagedDevice> onBatch, int batchesInFlight = 1, DeviceLimits? limits = null, IPeakSource? peaks = null)
    {
        _onBatch = onBatch;
        Device = new Device(name, "for tests", 1, null, _ => new StagedBackend(this, batchesInFlight), limits, peaks: peaks);
    }

    public Device Device { get; }

    /// <summary>Happens when a batch enters, before it is counted.</summary>
    public Action<StagedDevice> OnEntry { get; init; } = _ => { };

    /// <summary>Tells the phases of a batch, by its number from 0: what, and from when to when, in milliseconds.</summary>
    public Action<int, Action<Phase, double, double>>? Phases { get; init; }

    /// <summary>Whether its times are said to be by a clock of its own.</summary>
    public bool HasOwnClock { get; init; }

    /// <summary>Batches that entered.</summary>
    public int Entered => Volatile.Read(ref _entered);

    /// <summary>Batches whose answers were asked for.</summary>
    public int Begun => Volatile.Read(ref _begun);

    /// <summary>Batches done.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>Who listens to the batch under way; null where nobody does.</summary>
    public IPhaseListener? Listener { get; private set; }

    /// <summary>Images of the batches done.</summary>
    public int Images => Volatile.Read(ref _images);

    /// <summary>Images of the batch that <c>onBatch</c> happens in.</summary>
    public int BatchImages { get; private set; }

    /// <summary>True once it has failed.</summary>
    public bool Failed => _failed;

    /// <summary>Fails as a lost device does.</summary>
    public void Fail()
    {
        _failed = true;
        throw new BackendException($"{Device} is lost");
    }

    /// <summary>Waits, within a batch, for what another device does or for the batch to be stopped.</summary>
    public void WaitUntil(Func<bool> condition)
    {
        var deadline = Task.Delay(Patience);
        while (!condition() && !_stop.IsRequested)
        {
            if (deadline.IsCompleted)
            {
                throw new TimeoutException($"'{Device}' waited in vain, in its batch {Begun}.");
            }

            Thread.Sleep(1);
        }
    }

    private void Enter(StopSignal stop)
    {
        _stop = stop;
        OnEntry(this);
        Interlocked.Increment(ref _entered);
    }

    private void OnBatch(in RegionContext context)
    {
        _stop = context.Stop;
        BatchImages = context.Images;
        Listener = context.Listener;
        Interlocked.Increment(ref _begun);
        _onBatch(this);
    }

    private void TellPhases(IPhaseListener? listener) => Phases?.Invoke(
        Begun - 1, (phase, begin, end) => listener?.OnPhase(new PhaseSpan(phase == Phase.Compute ? 0 : -1, phase, null, (long)(begin * 1e6), (long)(end * 1e6)), []));

    private void End(int images)
    {
        Interlocked.Add(ref _images, images);
        Interlocked.Increment(ref _done);
    }

    private sealed class StagedBackend(StagedDevice device, int batchesInFlight) : IBackend
    {
        private readonly ReferenceBackend _inner = new();

        public string Name => device.Device.Name;

        public int Threads => _inner.Threads;

        public int ElementBytes => _inner.ElementBytes;

        public int BatchesInFlight => batchesInFlight;

        public bool HasOwnClock => device.HasOwnClock;

        public Layout PreferredLayout => _inner.PreferredLayout;

        public ImmutableArray<IRegion> Partition(StepGraph graph, int batch) => _inner.Partition(graph, batch);

        public IPreparedRegion PrepareTransform(Shape shape, Layout from, Layout to, int images) => _inner.PrepareTransform(shape, from, to, images);

        public IBatchEntry PrepareEntry(Shape shape, Layout to, PixelNormalization? normalization, int images) =>
            new SilentEntry(_inner.PrepareEntry(shape, to, normalization, images));

        public IBatchExit PrepareExit(Shape shape, Layout from, int images) =>
            new StagedExit(device, _inner.PrepareExit(shape, from, images), (int)shape.Count, batchesInFlight);

        public IArena CreateArena(long bytes, long scratchBytes) => _inner.CreateArena(bytes, scratchBytes);

        public void Dispose() => _inner.Dispose();
    }

    /// <summary>Tells nothing: a device's phases are up to the test.</summary>
    private sealed class SilentEntry(IBatchEntry inner) : IBatchEntry
    {
        public long ScratchBytes => inner.ScratchBytes;

        public void Run(ReadOnlySpan<float> images, in RegionContext context) => inner.Run(images, context with { Listener = null });

        public void Run(ReadOnlySpan<byte> images, in RegionContext context) => inner.Run(images, context with { Listener = null });

        public void Dispose() => inner.Dispose();
    }

    /// <summary>Takes the answers out at once, for the next batch overwrites the arena, and gives them when they are asked for.</summary>
    private sealed class StagedExit(StagedDevice device, IBatchExit inner, int scoreLength, int batchesInFlight) : IBatchExit
    {
        private readonly float[][] _answers = new float[batchesInFlight][];

        public long ScratchBytes => inner.ScratchBytes;

        public void Begin(in RegionContext context)
        {
            _answers[context.Slot] = new float[context.Images * scoreLength];
            inner.Begin(context with { Listener = null });
            inner.Complete(_answers[context.Slot], context with { Listener = null });
            device.Enter(context.Stop);
        }

        public void Complete(Span<float> scores, in RegionContext context)
        {
            scores.Fill(float.NaN);
            device.OnBatch(context);
            device.TellPhases(context.Listener);
            _answers[context.Slot].CopyTo(scores);
            device.End(context.Images);
        }

        public void Dispose() => inner.Dispose();
    }
}
