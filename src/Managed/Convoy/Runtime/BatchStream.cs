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

    /// <summary>
    /// Begins a batch of images; the stream must not be full. A device may work in the memory given, which therefore is native
    /// or pinned, and stays so until the batch is completed or the stream disposed of.
    /// </summary>
    /// <param name="images">One to <see cref="InferenceSession.BatchSize"/> images.</param>
    /// <param name="scores">Room for their scores.</param>
    public void Begin<T>(ReadOnlySpan<T> images, Span<float> scores)
        where T : unmanaged
    {
        // Counted first, so that a batch that fails half-way is waited for too.
        int batch = _begun++;
        int count = (int)(images.Length / _session.InputShape.Count);
        _images[batch % _images.Length] = count;
        StepContext context = CreateContext(batch, count) with { IsPinned = true, Scores = scores };
        int imageLength = (int)_session.InputShape.Count;
        ReadOnlySpan<float> source = default;
        for (int first = 0; first < count; first += _schedule.GroupSize)
        {
            StepContext group = context with { Images = Math.Min(_schedule.GroupSize, count - first) };
            ReadOnlySpan<T> entering = images.Slice(first * imageLength, group.Images * imageLength);
            source = Enter(entering, group with { Output = _schedule.EntryOffset });
            RunSteps(0, _schedule.GroupedSteps, group, first, source);
        }

        RunSteps(_schedule.GroupedSteps, _schedule.Steps.Count, context, 0, source);
        ThrowIfStopped();
        _schedule.Exit.Begin(context with { Inputs = _schedule.ExitOffsets });
    }

    /// <summary>Waits for the oldest batch in flight and its scores.</summary>
    /// <param name="scores">The memory that was given for them when it was begun.</param>
    public void Complete(Span<float> scores)
    {
        StepContext context = CreateContext(_completed, _images[_completed % _images.Length]);
        _schedule.Exit.Complete(scores, context with { Inputs = _schedule.ExitOffsets });
        ThrowIfStopped();
        _completed++;
    }

    /// <summary>Ends the turn.</summary>
    public void Dispose()
    {
        if (InFlight > 0)
        {
            // Something failed, or was left: what was begun must end before its memory is used again.
            _schedule.Arena.Synchronize();
        }

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

    private void RunSteps(int begin, int end, scoped in StepContext context, int firstImage, ReadOnlySpan<float> source)
    {
        for (int i = begin; i < end; i++)
        {
            ThrowIfStopped();
            CompiledStep step = _schedule.Steps[i];
            step.Step.Run(context with
            {
                Step = i,
                Source = i == 0 ? source : default,
                Inputs = step.InputOffsets,
                Output = step.OutputOffset + (firstImage * step.OutputStride),
                Workspace = step.WorkspaceOffset,
            });
        }
    }

    private StepContext CreateContext(int batch, int images) => new()
    {
        Arena = _schedule.Arena,
        Images = images,
        Slot = batch % _images.Length,
        Stop = new StopSignal(_cancellation, _disposed),
        Listener = _listener,
        Step = -1,
    };

    /// <summary>Brings the images in; answers them where the first step reads them as they are.</summary>
    private ReadOnlySpan<float> Enter<T>(ReadOnlySpan<T> images, scoped in StepContext context)
        where T : unmanaged
    {
        if (typeof(T) == typeof(byte))
        {
            _schedule.Entry.Run(MemoryMarshal.Cast<T, byte>(images), context);
            return default;
        }

        ReadOnlySpan<float> numbers = MemoryMarshal.Cast<T, float>(images);
        if (_schedule.ReadsSource)
        {
            return numbers;
        }

        _schedule.Entry.Run(numbers, context);
        return default;
    }
}
