using Convoy.Backends.OpenCL.Interop;
using Convoy.Memory;

namespace Convoy.Tests.OpenCL;

/// <summary>Ranges are checked before a driver sees them, and objects after their disposal are refused.</summary>
public sealed class BoundaryTests : OpenClFixture
{
    private const int Bytes = 4096;

    private ClContext _context = null!;
    private ClQueue _queue = null!;
    private ClBuffer _buffer = null!;

    [SetUp]
    public void Make()
    {
        _context = new ClContext(AnyDevice);
        _queue = new ClQueue(_context);
        _buffer = ClBuffer.Allocate(_context, Bytes);
    }

    [TearDown]
    public void LetGo()
    {
        _buffer.Dispose();
        _queue.Dispose();
        _context.Dispose();
    }

    [TestCase(-1L, 1L)]
    [TestCase(0L, Bytes + 1L)]
    [TestCase(Bytes, 1L)]
    [TestCase(long.MaxValue, 2L)]
    public void Bytes_outside_a_buffer_are_refused(long offset, long bytes)
    {
        using var memory = NativeBuffer<byte>.Allocate(Bytes + 1);
        PinnedMemory host = PinnedMemory.Of(memory).Slice(0, bytes);
        using var other = ClBuffer.Allocate(_context, 2 * Bytes);
        Assert.Multiple(() =>
        {
            Refused(() => _queue.Read(_buffer, offset, new byte[bytes]));
            Refused(() => _queue.Write<byte>(_buffer, offset, new byte[bytes]));
            Refused(() => _queue.BeginRead(_buffer, offset, host));
            Refused(() => _queue.BeginWrite(_buffer, offset, host));
            Refused(() => _queue.BeginFill(_buffer, (byte)0, offset, bytes));
            Refused(() => _queue.BeginCopy(_buffer, offset, other, 0, bytes));
            Refused(() => _queue.BeginCopy(other, 0, _buffer, offset, bytes));
            Refused(() => _queue.Map(_buffer, ClMapAccess.Read, offset, bytes));
        });

        static void Refused(Action action) => Assert.That(action, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_window_that_is_closed_is_refused_and_one_closed_twice_is_released_once()
    {
        using var memory = NativeBuffer<byte>.Allocate(Bytes);
        var api = new FaultyClApi(Api);
        using var context = new ClContext(ClPlatform.All(api)[0].Devices[0]);
        using var window = new ClHostWindow(context);
        Assert.That(() => window.Handle, Throws.InstanceOf<ObjectDisposedException>());
        window.Open(PinnedMemory.Of(memory), ClAccess.ReadOnly);
        window.Open(PinnedMemory.Of(memory), ClAccess.ReadOnly);
        Assert.That(api.LiveHandles, Does.Contain("Buffer x 1"));
        window.Close();
        window.Close();
        Assert.That(api.LiveHandles, Does.Not.Contain("Buffer x 1"));
        Assert.That(api.WrongReleases, Is.Zero);
        Assert.That(() => window.Handle, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Disposing_twice_releases_once()
    {
        var api = new FaultyClApi(Api);
        var context = new ClContext(ClPlatform.All(api)[0].Devices[0]);
        context.Dispose();
        context.Dispose();
        Assert.That(api.Calls.Count(call => call == nameof(ClApi.ReleaseContext)), Is.EqualTo(1));
        Assert.That(api.LiveHandles, Is.Empty);
        Assert.That(() => context.Handle, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void A_queue_is_finished_before_it_goes()
    {
        var api = new FaultyClApi(Api);
        using var context = new ClContext(ClPlatform.All(api)[0].Devices[0]);
        new ClQueue(context).Dispose();
        Assert.That(api.Calls.TakeLast(2), Is.EqualTo(new[] { nameof(ClApi.Finish), nameof(ClApi.ReleaseCommandQueue) }));
    }

    [Test]
    public void A_disposed_object_is_refused_everywhere()
    {
        ClProgram program = ClProgram.Build(_context, KernelSource.Load("probe.cl"));
        ClKernel kernel = program.CreateKernel("probe");
        var evt = new ClEvent(_context);
        using var live = ClBuffer.Allocate(_context, Bytes);
        program.Dispose();
        kernel.Dispose();
        evt.Dispose();
        _buffer.Dispose();
        Assert.Multiple(() =>
        {
            Refused(() => program.CreateKernel("probe"));
            Refused(() => kernel.Set("scale", 1f));
            Refused(() => _queue.Enqueue(kernel, new(1)));
            Refused(() => _queue.Read(_buffer, 0, new byte[1]));
            Refused(() => _ = evt.Times);
            Refused(() => _queue.BeginFill(live, 0f, 0, Bytes, after: [evt]));
            Refused(() => _queue.BeginFill(live, 0f, 0, Bytes, signal: evt));
        });

        _queue.Dispose();
        Refused(() => _queue.Finish());
        _context.Dispose();
        Refused(() => new ClQueue(_context).Dispose());

        static void Refused(Action action) => Assert.That(action, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void An_empty_event_has_nothing_to_wait_for_and_no_times()
    {
        using var evt = new ClEvent(_context);
        _queue.BeginFill(_buffer, 0f, 0, Bytes, after: [evt]);
        _queue.Finish();
        Assert.That(evt.IsEmpty);
        Assert.That(() => evt.Times, Throws.InvalidOperationException);
    }
}
