using Convoy.Backends;
using Convoy.Backends.Reference;
using Convoy.Graph;
using Convoy.Runtime;
using Convoy.Tensors;

namespace Convoy.Tests.Support;

/// <summary>A device that computes right, but when and whether is up to a test: slow, in step with another, or failing.</summary>
internal sealed class StagedDevice
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Action<StagedDevice> _onBatch;
    private int _begun;
    private int _done;
    private volatile bool _failed;
    private StopSignal _stop;

    /// <summary>Creates a device.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="onBatch">Happens in each batch, after the scores were made a mess of and before they are computed.</param>
    public StagedDevice(string name, Action<StagedDevice> onBatch)
    {
        _onBatch = onBatch;
        Device = new Device(name, "for tests", 1, null, _ => new StagedBackend(this));
    }

    public Device Device { get; }

    /// <summary>Batches begun.</summary>
    public int Begun => Volatile.Read(ref _begun);

    /// <summary>Batches done.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>Who listens to the batch under way; null where nobody does.</summary>
    public IPhaseListener? Listener { get; private set; }

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

    private void OnBatch(in StepContext context)
    {
        _stop = context.Stop;
        Listener = context.Listener;
        Interlocked.Increment(ref _begun);
        _onBatch(this);
    }

    private sealed class StagedBackend(StagedDevice device) : IBackend
    {
        private readonly ReferenceBackend _inner = new();

        public string Name => device.Device.Name;

        public int Threads => _inner.Threads;

        public int ElementBytes => _inner.ElementBytes;

        public int BatchesInFlight => _inner.BatchesInFlight;

        public Layout PreferredLayout => _inner.PreferredLayout;

        public IStep Prepare(FusedStep step, StepWeights weights, int batch) => _inner.Prepare(step, weights, batch);

        public IStep PrepareTransform(Shape shape, Layout from, Layout to, int batch) => _inner.PrepareTransform(shape, from, to, batch);

        public IBatchEntry PrepareEntry(Shape shape, Layout to, PixelNormalization? normalization, int batch) =>
            _inner.PrepareEntry(shape, to, normalization, batch);

        public IBatchExit PrepareExit(Shape shape, Layout from, int batch) => new StagedExit(device, _inner.PrepareExit(shape, from, batch));

        public IArena CreateArena(long bytes, long scratchBytes) => _inner.CreateArena(bytes, scratchBytes);

        public void Dispose() => _inner.Dispose();
    }

    private sealed class StagedExit(StagedDevice device, IBatchExit inner) : IBatchExit
    {
        public long ScratchBytes => inner.ScratchBytes;

        public void Begin(in StepContext context) => inner.Begin(context);

        public void Complete(Span<float> scores, in StepContext context)
        {
            scores.Fill(float.NaN);
            device.OnBatch(context);
            inner.Complete(scores, context);
            Interlocked.Increment(ref device._done);
        }

        public void Dispose() => inner.Dispose();
    }
}
