using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Convoy.Backends;
using Convoy.Backends.Native;
using Convoy.Graph;
using Convoy.Tensors;
using Convoy.Weights;

namespace Convoy.Runtime;

/// <summary>
/// A network compiled for a device: planned once, run many times. Runs allocate no managed memory and ask the native heap
/// for nothing. Safe to use from several threads; runs of one session take turns. Scores of an image do not depend, to the
/// bit, on the other images, their number, its place among them or the number of threads. Sessions of different batch sizes
/// may choose different algorithms; <see cref="SessionOptions.ConvolutionAlgorithm"/> settles that.
/// </summary>
public sealed class InferenceSession : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _disposal = new();
    private readonly CancellationToken _disposed;
    private readonly IBackend _backend;
    private readonly Schedule _schedule;
    private readonly int _imageLength;
    private readonly int _scoreLength;
    private readonly bool _acceptsBytes;
    private int _disposals;

    // The managed thread that runs, 0 when none does: a listener that came back in would wait for itself.
    private int _runningThread;

    private InferenceSession(Network network, Device device, SessionOptions options, IBackend backend, Schedule schedule)
    {
        Network = network;
        Device = device;
        BatchSize = options.BatchSize;
        WeightPrecision = options.WeightPrecision;
        _backend = backend;
        _schedule = schedule;
        _imageLength = (int)network.Input.Shape.Count;
        _scoreLength = (int)network.Output.Shape.Count;
        _acceptsBytes = options.Normalization is not null;
        _disposed = _disposal.Token;
        Steps = [.. schedule.Steps.Select(step => StepInfo.Describe(step, backend.ElementBytes))];
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The device it was compiled for.</summary>
    public Device Device { get; }

    /// <summary>Images computed at a time: as asked for, or fewer where the device's limits demand it.</summary>
    public int BatchSize { get; }

    /// <summary>Threads that compute.</summary>
    public int Threads => _backend.Threads;

    /// <summary>How the weights of fully connected layers are stored.</summary>
    public WeightPrecision WeightPrecision { get; }

    /// <summary>One image, as the network takes it.</summary>
    public Shape InputShape => Network.Input.Shape;

    /// <summary>One image's answer.</summary>
    public Shape OutputShape => Network.Output.Shape;

    /// <summary>The steps, in the order they run.</summary>
    public ImmutableArray<StepInfo> Steps { get; }

    /// <summary>Bytes of feature maps and scratch.</summary>
    public long ArenaBytes => _schedule.Arena.Bytes;

    /// <summary>Bytes of packed weights.</summary>
    public long PackedBytes => Steps.Sum(step => step.PackedBytes);

    /// <summary>Compiles a network; <see cref="NetworkCompilation.Compile"/> is the usual way to call this.</summary>
    internal static InferenceSession Create(Network network, Device device, WeightSet weights, SessionOptions options)
    {
        options.Validate(network.Input.Shape.Channels);
        weights.Validate(network);
        StepGraph graph = StepGraph.Create(network);
        WeightRange.ThrowIfExceeded(graph, weights, options.WeightPrecision);
        IBackend backend = device.CreateBackend(options);
        try
        {
            while (true)
            {
                try
                {
                    return new InferenceSession(network, device, options, backend, Schedule.Create(graph, backend, weights, options));
                }
                catch (BatchTooLargeException) when (options.BatchSize > 1)
                {
                    // The device has limits: any number of images still runs, in smaller batches.
                    options = options with { BatchSize = options.BatchSize / 2 };
                }
                catch (BatchTooLargeException e)
                {
                    throw new BatchTooLargeException($"'{network.Name}' does not fit the device '{device.Name}' even one image at a time: {e.Message}");
                }
            }
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Runs any number of images; none at all is allowed. NaN in an image propagates into its own scores,
    /// and infinity is computed with as IEEE 754 has it; other images are not touched.
    /// </summary>
    /// <param name="images">The images one after the other, each in channel, row, column order.</param>
    /// <param name="scores">The answers one after the other, each in channel, row, column order.</param>
    /// <param name="cancellationToken">Stops between work items; the scores are then unfinished.</param>
    /// <exception cref="ArgumentException">A length is not a whole number of images, or the two disagree.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed, before the run or during it.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public void Run(ReadOnlySpan<float> images, Span<float> scores, CancellationToken cancellationToken = default) =>
        Run(images, scores, null, cancellationToken);

    /// <summary>Runs images and tells a listener what the time is spent on; otherwise as the overload without.</summary>
    public void Run(
        ReadOnlySpan<float> images, Span<float> scores, IPhaseListener? listener, CancellationToken cancellationToken = default) =>
        RunBatches(images, scores, listener, cancellationToken);

    /// <summary>
    /// Runs images of bytes, each in row, column, channel order, normalised by <see cref="SessionOptions.Normalization"/> on
    /// the way in; otherwise as the overload for numbers.
    /// </summary>
    /// <exception cref="InvalidOperationException">The session was compiled without a normalisation.</exception>
    public void Run(ReadOnlySpan<byte> images, Span<float> scores, CancellationToken cancellationToken = default)
    {
        if (!_acceptsBytes)
        {
            throw new InvalidOperationException(
                $"To run on bytes, compile the session with {nameof(SessionOptions)}.{nameof(SessionOptions.Normalization)} set.");
        }

        RunBatches(images, scores, null, cancellationToken);
    }

    /// <summary>Frees everything. A run in progress on another thread is stopped and ends in <see cref="ObjectDisposedException"/>.</summary>
    /// <exception cref="InvalidOperationException">It is a listener of the session's own run that calls.</exception>
    public void Dispose()
    {
        ThrowIfWithinRun();
        if (Interlocked.Exchange(ref _disposals, 1) != 0)
        {
            return;
        }

        _disposal.Cancel();
        _gate.Wait(CancellationToken.None);
        try
        {
            _schedule.Dispose();
            _backend.Dispose();
            _disposal.Dispose();
        }
        finally
        {
            // Whoever waits in the gate must get through it, to be told.
            _gate.Release();
        }
    }

    private void RunBatches<T>(
        ReadOnlySpan<T> images, Span<float> scores, IPhaseListener? listener, CancellationToken cancellationToken)
        where T : unmanaged
    {
        int count = CountImages(images, scores);
        ThrowIfWithinRun();
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
        _gate.Wait(cancellationToken);
        try
        {
            _runningThread = Environment.CurrentManagedThreadId;
            ThrowIfStopped(cancellationToken);
            RunAndSettle(images, scores, count, listener, cancellationToken);
        }
        finally
        {
            _runningThread = 0;
            _gate.Release();
        }
    }

    private void RunAndSettle<T>(
        ReadOnlySpan<T> images, Span<float> scores, int count, IPhaseListener? listener, CancellationToken cancellationToken)
        where T : unmanaged
    {
        try
        {
            RunInFlight(images, scores, count, listener, cancellationToken);
        }
        catch
        {
            // What was begun must end before its memory is used again.
            _schedule.Arena.Synchronize();
            throw;
        }
    }

    /// <summary>Begins batches, and completes each once as many have begun as may be in flight.</summary>
    private void RunInFlight<T>(
        ReadOnlySpan<T> images, Span<float> scores, int count, IPhaseListener? listener, CancellationToken cancellationToken)
        where T : unmanaged
    {
        int batches = (int)(((long)count + BatchSize - 1) / BatchSize);
        for (int turn = 0; turn < batches + _backend.BatchesInFlight - 1; turn++)
        {
            int beginning = turn;
            if (beginning < batches)
            {
                int first = beginning * BatchSize;
                int size = Math.Min(BatchSize, count - first);
                Begin(images.Slice(first * _imageLength, size * _imageLength), Context(beginning, size, listener, cancellationToken), cancellationToken);
            }

            int completing = turn - (_backend.BatchesInFlight - 1);
            if (completing >= 0)
            {
                int first = completing * BatchSize;
                int size = Math.Min(BatchSize, count - first);
                _schedule.Exit.Complete(
                    scores.Slice(first * _scoreLength, size * _scoreLength),
                    Context(completing, size, listener, cancellationToken) with { Inputs = _schedule.ExitOffsets });
                ThrowIfStopped(cancellationToken);
            }
        }
    }

    private StepContext Context(int batch, int count, IPhaseListener? listener, CancellationToken cancellationToken) => new()
    {
        Arena = _schedule.Arena,
        Images = count,
        Slot = batch % _backend.BatchesInFlight,
        Stop = new StopSignal(cancellationToken, _disposed),
        Listener = listener,
        Step = -1,
    };

    private void Begin<T>(ReadOnlySpan<T> images, in StepContext context, CancellationToken cancellationToken)
        where T : unmanaged
    {
        ReadOnlySpan<float> source = Enter(images, context with { Output = _schedule.EntryOffset });
        IReadOnlyList<CompiledStep> steps = _schedule.Steps;
        for (int i = 0; i < steps.Count; i++)
        {
            ThrowIfStopped(cancellationToken);
            steps[i].Step.Run(context with
            {
                Step = i,
                Source = i == 0 ? source : default,
                Inputs = steps[i].InputOffsets,
                Output = steps[i].OutputOffset,
                Workspace = steps[i].WorkspaceOffset,
            });
        }

        ThrowIfStopped(cancellationToken);
        _schedule.Exit.Begin(context with { Inputs = _schedule.ExitOffsets });
    }

    /// <summary>Brings the images in; answers them where the first step reads them as they are.</summary>
    private ReadOnlySpan<float> Enter<T>(ReadOnlySpan<T> images, in StepContext context)
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

    private void ThrowIfWithinRun()
    {
        if (_runningThread == Environment.CurrentManagedThreadId)
        {
            throw new InvalidOperationException("A listener may neither run nor dispose of the session whose run it listens to.");
        }
    }

    private void ThrowIfStopped(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private int CountImages<T>(ReadOnlySpan<T> images, Span<float> scores)
    {
        (int count, int rest) = Math.DivRem(images.Length, _imageLength);
        if (rest != 0)
        {
            throw new ArgumentException(
                $"An image of '{Network.Name}' has {_imageLength:N0} numbers {InputShape}, but {images.Length:N0} were given, which is not a whole number of images.",
                nameof(images));
        }

        return scores.Length == (long)count * _scoreLength
            ? count
            : throw new ArgumentException(
                $"{count:N0} images of '{Network.Name}' have {(long)count * _scoreLength:N0} scores, {_scoreLength:N0} each, but there is room for {scores.Length:N0}.",
                nameof(scores));
    }
}
