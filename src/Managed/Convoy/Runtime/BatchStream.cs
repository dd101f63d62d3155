using System.Runtime.InteropServices;
using Convoy.Backends;

namespace Convoy.Runtime;

/// <summary>
/// A session's turn: batches are begun, and completed in the same order, with up to <see cref="IBackend.BatchesInFlight"/>
/// of them begun and not completed, so that one is uploaded and another downloaded while a third computes. Until it is
/// disposed of, nobody else runs the session; what is then still in flight is waited for and forgotten. One thread at a time.
/// </summary>
internal sealed class BatchStream : IDisposable
{
    private readonly InferenceSession _session;
    private readonly Schedule _schedule;
    private readonly TurnGate _gate;
    private readonly CancellationToken _disposed;

    // The images of each batch in flight, by slot.
    private readonly int[] _images;

    // What the regions' contexts point into, made once.
    private readonly long[] _inputOffsets;
    private readonly long[] _exitOffsets;
    private readonly int[] _scoreLengths;
    private readonly int _imageLength;
    private readonly bool _readsSource;
    private int _begun;
    private int _completed;
    private int _thread;
    private IPhaseListener? _listener;
    private CancellationToken _cancellation;

    public BatchStream(InferenceSession session, IBackend backend, Schedule schedule, TurnGate gate, CancellationToken disposed)
    {
        _session = session;
        _schedule = schedule;
        _gate = gate;
        _disposed = disposed;
        _images = new int[backend.BatchesInFlight];
        _inputOffsets = new long[schedule.Regions.Select(region => region.Inputs.Length).DefaultIfEmpty().Max()];
        _exitOffsets = [.. schedule.Outputs.Select(output => schedule.Layout.Values[output].Offset)];
        _scoreLengths = [.. session.Network.Outputs.Select(output => (int)output.Shape.Count)];
        _imageLength = (int)session.InputShape.Count;
        _readsSource = schedule.ReadsSource;
    }

    /// <summary>The managed thread whose turn it is, 0 when nobody's.</summary>
    public int Thread => Volatile.Read(ref _thread);

    /// <summary>Batches begun and not completed.</summary>
    public int InFlight => _begun - _completed;

    /// <summary>True when a batch must be completed before the next may begin.</summary>
    public bool IsFull => InFlight == _images.Length;

    /// <summary>True when others wait for the session and this turn has had as many batches as may be in flight: time to end it.</summary>
    public bool IsUp => _begun >= _images.Length && _gate.IsAwaited;

    /// <summary>Begins the turn, once the gate is passed.</summary>
    public void Open(IPhaseListener? listener, CancellationToken cancellationToken)
    {
        _begun = 0;
        _completed = 0;
        _listener = listener;
        _cancellation = cancellationToken;
        Volatile.Write(ref _thread, Environment.CurrentManagedThreadId);
    }

    /// <summary>Begins a batch of a network of one output; otherwise as the overload for several.</summary>
    public void Begin<T>(ReadOnlySpan<T> images, Span<float> scores)
        where T : unmanaged => Begin(images, new ScoreTargets(scores, CountImages(images)));

    /// <summary>
    /// Begins a batch of images; the stream must not be full. A device may work in the memory given, which therefore is native
    /// or pinned, and stays so until the batch is completed or the stream disposed of.
    /// </summary>
    /// <param name="images">One to <see cref="InferenceSession.BatchSize"/> images.</param>
    /// <param name="scores">Room for their scores.</param>
    public void Begin<T>(ReadOnlySpan<T> images, ScoreTargets scores)
        where T : unmanaged
    {
        // Counted first, so that a batch that fails half-way is waited for too.
        int batch = _begun++;
        int count = CountImages(images);
        _images[batch % _images.Length] = count;
        RegionContext context = CreateContext(batch, count) with { IsPinned = true };
        ReadOnlySpan<float> source = default;
        ArenaLayout layout = _schedule.Layout;
        if (layout.EntryImages >= count)
        {
            source = Enter(images, context, 0);
        }

        foreach (Sweep sweep in layout.Sweeps)
        {
            for (int first = 0; first < count; first += sweep.Images)
            {
                RegionContext part = context with { Images = Math.Min(sweep.Images, count - first), FirstImage = first };
                if (sweep.First == 0 && layout.EntryImages < count)
                {
                    source = Enter(images, part, first);
                }

                RunRegions(sweep, part, first, source);
            }
        }

        ThrowIfStopped();
        for (int i = 0; i < _schedule.Exits.Length; i++)
        {
            _schedule.Exits[i].Begin(context with { Inputs = _exitOffsets.AsSpan(i, 1), Scores = scores.Get(i, _scoreLengths[i]) });
        }
    }

    /// <summary>Completes a batch of a network of one output.</summary>
    public void Complete(Span<float> scores) => Complete(new ScoreTargets(scores, _images[_completed % _images.Length]));

    /// <summary>Waits for the oldest batch in flight and its scores.</summary>
    /// <param name="scores">The memory that was given for them when it was begun.</param>
    public void Complete(ScoreTargets scores)
    {
        RegionContext context = CreateContext(_completed, _images[_completed % _images.Length]);
        for (int i = 0; i < _schedule.Exits.Length; i++)
        {
            _schedule.Exits[i].Complete(scores.Get(i, _scoreLengths[i]), context with { Inputs = _exitOffsets.AsSpan(i, 1) });
        }

        _schedule.Arena.Complete(context);
        ThrowIfStopped();
        _completed++;
    }

    /// <summary>Waits for what is in flight and forgets it: something failed, or was left, and must end before its memory is used again.</summary>
    public void Settle()
    {
        if (InFlight > 0)
        {
            _schedule.Arena.Synchronize();
            _completed = _begun;
        }
    }

    /// <summary>Ends the turn.</summary>
    public void Dispose()
    {
        Settle();

        _listener = null;
        _cancellation = default;
        Volatile.Write(ref _thread, 0);
        _gate.Leave();
    }

    /// <summary>Throws when the session was disposed of or the turn's token asked to stop.</summary>
    public void ThrowIfStopped()
    {
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, _session);
        _cancellation.ThrowIfCancellationRequested();
    }

    private int CountImages<T>(ReadOnlySpan<T> images) => images.Length / _imageLength;

    private void RunRegions(Sweep sweep, scoped in RegionContext context, int firstImage, ReadOnlySpan<float> source)
    {
        ArenaLayout layout = _schedule.Layout;
        for (int i = sweep.First; i < sweep.End; i++)
        {
            ThrowIfStopped();
            CompiledRegion region = _schedule.Regions[i];
            for (int input = 0; input < region.Inputs.Length; input++)
            {
                _inputOffsets[input] = OffsetOf(layout.Values[region.Inputs[input]], firstImage);
            }

            region.Prepared.Run(context with
            {
                Region = i,
                Source = i == 0 ? source : default,
                Inputs = _inputOffsets.AsSpan(0, region.Inputs.Length),
                Output = OffsetOf(layout.Values[region.Output], firstImage),
                Workspace = layout.Workspaces[i],
            });
        }
    }

    private static long OffsetOf(ValuePlace place, int firstImage) => place.Offset + (firstImage * place.ImageStride);

    private RegionContext CreateContext(int batch, int images) => new()
    {
        Arena = _schedule.Arena,
        Images = images,
        Slot = batch % _images.Length,
        Stop = new StopSignal(_cancellation, _disposed),
        Listener = _listener,
        Region = -1,
    };

    /// <summary>Brings images in, from one on; returns them where the first region reads them as they are.</summary>
    private ReadOnlySpan<float> Enter<T>(ReadOnlySpan<T> images, scoped in RegionContext context, int firstImage)
        where T : unmanaged
    {
        ReadOnlySpan<T> entering = images.Slice(firstImage * _imageLength, context.Images * _imageLength);
        RegionContext entry = context with { Output = OffsetOf(_schedule.Layout.Values[0], firstImage) };
        if (typeof(T) == typeof(byte))
        {
            _schedule.Entry.Run(MemoryMarshal.Cast<T, byte>(entering), entry);
            return default;
        }

        ReadOnlySpan<float> numbers = MemoryMarshal.Cast<T, float>(entering);
        if (_readsSource)
        {
            return numbers;
        }

        _schedule.Entry.Run(numbers, entry);
        return default;
    }
}
