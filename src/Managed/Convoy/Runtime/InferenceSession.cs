using System.Buffers;
using System.Runtime.CompilerServices;
using Convoy.Backends;
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
    private readonly TurnGate _gate = new();
    private readonly CancellationTokenSource _disposal = new();
    private readonly CancellationToken _disposed;
    private readonly IBackend _backend;
    private readonly Schedule _schedule;
    private readonly int _imageLength;
    private readonly MemoryHandle[] _pins;
    private readonly bool _acceptsBytes;
    private readonly BatchStream _stream;
    private int _disposals;

    private InferenceSession(Network network, Device device, SessionOptions options, IBackend backend, Schedule schedule)
    {
        Network = network;
        Device = device;
        BatchSize = schedule.BatchSize;
        WeightPrecision = options.WeightPrecision;
        _backend = backend;
        _schedule = schedule;
        _imageLength = (int)network.Input.Shape.Count;
        _pins = new MemoryHandle[network.Outputs.Length];
        _acceptsBytes = options.Normalization is not null;
        _disposed = _disposal.Token;
        _stream = new BatchStream(this, backend, schedule, _gate, _disposed);
        Steps = [.. schedule.Regions.Select(region => StepInfo.Describe(region, schedule.Values, backend.ElementBytes, BatchSize))];
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The device it was compiled for.</summary>
    public Device Device { get; }

    /// <summary>What computes on the device: "native", "opencl" or "reference".</summary>
    public string Backend => _backend.Name;

    /// <summary>Images computed at a time: as asked for, or fewer where the device's limits demand it.</summary>
    public int BatchSize { get; }

    /// <summary>Threads that compute.</summary>
    public int Threads => _backend.Threads;

    /// <summary>
    /// Batches that are under way at once where there are several: 1 where the device computes a batch from end to end, more
    /// where one is uploaded and another downloaded while a third computes.
    /// </summary>
    public int BatchesInFlight => _backend.BatchesInFlight;

    /// <summary>How the weights of fully connected layers are stored.</summary>
    public WeightPrecision WeightPrecision { get; }

    /// <summary>One image, as the network takes it.</summary>
    public Shape InputShape => Network.Input.Shape;

    /// <summary>One image's scores; of several outputs, those of the first. <see cref="Network.Outputs"/> has them all.</summary>
    public Shape OutputShape => Network.Output.Shape;

    /// <summary>The steps, in the order they run.</summary>
    public ImmutableArray<StepInfo> Steps { get; }

    /// <summary>What numbers are computed in, and weights of fully connected layers stored: "fp32", "fp16", "bf16", or "fp64" on the reference device.</summary>
    public string Precision => _backend.ElementBytes == sizeof(double) ? "fp64" : WeightPrecision switch
    {
        WeightPrecision.Float32 => "fp32",
        WeightPrecision.Float16 => "fp16",
        WeightPrecision.BFloat16 => "bf16",
        _ => throw new InvalidOperationException($"There is no name for the precision {WeightPrecision}."),
    };

    /// <summary>What it runs, and where everything lies.</summary>
    internal Schedule Schedule => _schedule;

    /// <summary>Whether phases are timed by a clock of the device's own.</summary>
    internal bool HasOwnClock => _backend.HasOwnClock;

    /// <summary>Bytes of feature maps and scratch.</summary>
    public long ArenaBytes => _schedule.Arena.Bytes;

    /// <summary>Bytes of packed weights.</summary>
    public long PackedBytes => Steps.Sum(step => step.PackedBytes);

    /// <summary>Compiles a network; <see cref="NetworkCompilation.Compile"/> is the usual way to call this.</summary>
    internal static InferenceSession Create(Network network, Device device, WeightSet weights, SessionOptions options)
    {
        options.Validate(network.Input.Shape.Channels);
        weights.Validate(network);
        IBackend backend = device.CreateBackend(options);
        InferenceSession session;
        try
        {
            session = new InferenceSession(network, device, options, backend, Schedule.Create(StepGraph.Create(network), backend, weights, options));
        }
        catch (BatchTooLargeException e)
        {
            backend.Dispose();
            throw new BatchTooLargeException($"'{network.Name}' does not fit the device '{device.Name}' even one image at a time: {e.Message}", e);
        }
        catch
        {
            backend.Dispose();
            throw;
        }

        try
        {
            backend.Rehearse(() => Rehearsal.Run(session));
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Runs any number of images; none at all is allowed. NaN in an image propagates into its own scores, and infinity is
    /// computed with as IEEE 754 has it, save that convolutions by Winograd's algorithm (on the native device and OpenCL's)
    /// may make NaN of it throughout the tile it is in; other images are never touched.
    /// </summary>
    /// <param name="images">The images one after the other, each in channel, row, column order.</param>
    /// <param name="scores">The scores one after the other, each image's in channel, row, column order.</param>
    /// <param name="cancellationToken">Stops between work items; the scores are then unfinished.</param>
    /// <exception cref="ArgumentException">A length is not a whole number of images, or the two disagree.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed, before the run or during it.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public void Run(ReadOnlySpan<float> images, Span<float> scores, CancellationToken cancellationToken = default) =>
        Run(images, scores, null, cancellationToken);

    /// <summary>Runs images through a network of several outputs and writes each output into memory of its own; otherwise as the overload for one.</summary>
    /// <param name="images">The images one after the other, each in channel, row, column order.</param>
    /// <param name="outputs">Memory for each of <see cref="Network.Outputs"/>, in that order: the images' numbers one after the other.</param>
    /// <param name="cancellationToken">Stops between work items; the outputs are then unfinished.</param>
    /// <exception cref="ArgumentException">There are more or fewer than the network's outputs, or a length is not that of the images.</exception>
    [OverloadResolutionPriority(-1)]
    public void Run(ReadOnlySpan<float> images, ReadOnlySpan<Memory<float>> outputs, CancellationToken cancellationToken = default) =>
        RunBatches(images, new ScoreTargets(outputs, CountImages(images, outputs)), outputs, null, cancellationToken);

    /// <summary>Runs images and reports to a listener what the time is spent on; otherwise as the overload without.</summary>
    public void Run(
        ReadOnlySpan<float> images, Span<float> scores, IPhaseListener? listener, CancellationToken cancellationToken = default) =>
        RunBatches(images, new ScoreTargets(scores, CountImages(images, scores)), scores, listener, cancellationToken);

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

        RunBatches(images, new ScoreTargets(scores, CountImages(images, scores)), scores, null, cancellationToken);
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
        _gate.Enter(CancellationToken.None);
        try
        {
            _schedule.Dispose();
            _backend.Dispose();
            _disposal.Dispose();
        }
        finally
        {
            // Whoever waits in the gate must get through it, to learn that the session is disposed.
            _gate.Leave();
        }
    }

    /// <summary>Waits for the session's turn, which lasts until the stream is disposed of.</summary>
    /// <exception cref="ObjectDisposedException">The session was disposed.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    internal BatchStream OpenStream(IPhaseListener? listener, CancellationToken cancellationToken)
    {
        ThrowIfWithinRun();
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
        _gate.Enter(cancellationToken);
        _stream.Open(listener, cancellationToken);
        try
        {
            _stream.ThrowIfStopped();
            return _stream;
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>Holds the caller's memory fast while devices may work in it; when this returns, none does.</summary>
    private unsafe void RunBatches<T>(
        ReadOnlySpan<T> images, ScoreTargets scores, Span<float> memory, IPhaseListener? listener, CancellationToken cancellationToken)
        where T : unmanaged
    {
        fixed (T* heldImages = images)
        fixed (float* heldScores = memory)
        {
            using BatchStream stream = OpenStream(listener, cancellationToken);
            RunInFlight(stream, images, scores);
        }
    }

    private unsafe void RunBatches<T>(
        ReadOnlySpan<T> images, ScoreTargets scores, ReadOnlySpan<Memory<float>> memory, IPhaseListener? listener, CancellationToken cancellationToken)
        where T : unmanaged
    {
        fixed (T* heldImages = images)
        {
            using BatchStream stream = OpenStream(listener, cancellationToken);
            try
            {
                for (int i = 0; i < memory.Length; i++)
                {
                    _pins[i] = memory[i].Pin();
                }

                RunInFlight(stream, images, scores);
            }
            finally
            {
                // What was begun and failed must end before its memory may move.
                stream.Settle();
                foreach (ref MemoryHandle pin in _pins.AsSpan())
                {
                    pin.Dispose();
                }
            }
        }
    }

    /// <summary>Begins batches, and completes each once as many have begun as may be in flight.</summary>
    private void RunInFlight<T>(BatchStream stream, ReadOnlySpan<T> images, ScoreTargets scores)
        where T : unmanaged
    {
        int count = images.Length / _imageLength;
        for (int begun = 0, completed = 0; completed < count;)
        {
            if (begun < count && !stream.IsFull)
            {
                int size = Math.Min(BatchSize, count - begun);
                stream.Begin(images.Slice(begun * _imageLength, size * _imageLength), scores.Slice(begun, size));
                begun += size;
            }
            else
            {
                int size = Math.Min(BatchSize, count - completed);
                stream.Complete(scores.Slice(completed, size));
                completed += size;
            }
        }
    }

    private void ThrowIfWithinRun()
    {
        if (_stream.Thread == Environment.CurrentManagedThreadId)
        {
            // It would wait for itself.
            throw new InvalidOperationException("A listener may neither run nor dispose of the session whose run it listens to.");
        }
    }

    private int CountImages<T>(ReadOnlySpan<T> images)
    {
        (int count, int rest) = Math.DivRem(images.Length, _imageLength);
        return rest == 0
            ? count
            : throw new ArgumentException(
                $"An image of '{Network.Name}' has {_imageLength:N0} numbers {InputShape}, but {images.Length:N0} were given, which is not a whole number of images.",
                nameof(images));
    }

    private int CountImages<T>(ReadOnlySpan<T> images, Span<float> scores)
    {
        int count = CountImages(images);
        if (Network.Outputs.Length > 1)
        {
            throw new ArgumentException(
                $"'{Network.Name}' has {Network.Outputs.Length} outputs ({NamesOfOutputs}); run it with memory for each.", nameof(scores));
        }

        ThrowIfOfAnotherLength(scores.Length, count, Network.Output, nameof(scores));
        return count;
    }

    private int CountImages<T>(ReadOnlySpan<T> images, ReadOnlySpan<Memory<float>> outputs)
    {
        int count = CountImages(images);
        if (outputs.Length != Network.Outputs.Length)
        {
            throw new ArgumentException(
                $"'{Network.Name}' has {Network.Outputs.Length} outputs ({NamesOfOutputs}), but memory for {outputs.Length} was given.", nameof(outputs));
        }

        for (int i = 0; i < outputs.Length; i++)
        {
            ThrowIfOfAnotherLength(outputs[i].Length, count, Network.Outputs[i], nameof(outputs));
        }

        return count;
    }

    private string NamesOfOutputs => string.Join(", ", Network.Outputs.Select(output => $"'{output.Name}'"));

    private void ThrowIfOfAnotherLength(int length, int images, Node output, string parameter)
    {
        long needed = images * output.Shape.Count;
        if (length != needed)
        {
            string which = Network.Outputs.Length == 1 ? "scores" : $"numbers of the output '{output.Name}'";
            throw new ArgumentException(
                $"{images:N0} images of '{Network.Name}' have {needed:N0} {which}, {output.Shape.Count:N0} each, but there is room for {length:N0}.", parameter);
        }
    }
}
