using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>A device's memory is handed out, kept and let go as the host's is, and its sessions share it.</summary>
public sealed class ClBufferPoolTests : OpenClFixture
{
    private const int KiB = 1 << 10;
    private FaultyClApi _api = null!;
    private ClDevice _device = null!;
    private ClContext _context = null!;

    private int Creations => _api.Calls.Count(call => call == nameof(ClApi.CreateBuffer));

    [SetUp]
    public void OpenContext()
    {
        _api = new FaultyClApi(Api);
        _device = ClPlatform.All(_api)[0].Devices[0];
        _context = new ClContext(_device);
    }

    [TearDown]
    public void CloseContext()
    {
        _context.Dispose();
        Assert.That(_api.LiveHandles, Is.Empty);
    }

    [Test]
    public void Counters_tell_handed_out_from_kept()
    {
        var pool = new ClBufferPool(KiB * KiB);
        ClBuffer first = pool.Rent(_context, 1000, ClMemoryKind.Device);
        ClBuffer second = pool.Rent(_context, 5000, ClMemoryKind.Device);
        Assert.That((first.Bytes, second.Bytes), Is.EqualTo((1000L, 5000L)));
        Assert.That((pool.Counters.LiveBytes, pool.Counters.PooledBytes, pool.Counters.PeakBytes), Is.EqualTo((6144L, 0L, 6144L)));
        first.Dispose();
        first.Dispose();
        Assert.That((pool.Counters.LiveBytes, pool.Counters.PooledBytes, pool.Counters.PeakBytes), Is.EqualTo((5120L, 1024L, 6144L)));
        second.Dispose();
        pool.Trim();
        pool.Counters.ResetPeak();
        Assert.That((pool.Counters.LiveBytes, pool.Counters.PooledBytes, pool.Counters.PeakBytes), Is.EqualTo((0L, 0L, 0L)));
    }

    [Test]
    public void Returned_memory_serves_the_next_of_its_size_class_and_kind_alone()
    {
        var pool = new ClBufferPool(KiB * KiB);
        ClBuffer returned = pool.Rent(_context, 1000, ClMemoryKind.Device);
        nint handle = returned.Handle;
        returned.Dispose();
        Assert.That(() => returned.Handle, Throws.InstanceOf<ObjectDisposedException>());
        using (ClBuffer pinned = pool.Rent(_context, 1000, ClMemoryKind.Pinned))
        using (ClBuffer larger = pool.Rent(_context, 1100, ClMemoryKind.Device))
        using (ClBuffer again = pool.Rent(_context, 1024, ClMemoryKind.Device))
        {
            Assert.That(again.Handle, Is.EqualTo(handle));
            Assert.That(new[] { pinned.Handle, larger.Handle }, Does.Not.Contain(handle));
            Assert.That(Creations, Is.EqualTo(3));
        }

        pool.Trim();
    }

    [Test]
    public void What_is_more_than_the_pool_may_keep_is_released()
    {
        var pool = new ClBufferPool(2 * KiB);
        ClBuffer[] buffers = [.. Enumerable.Range(0, 3).Select(_ => pool.Rent(_context, KiB, ClMemoryKind.Device))];
        Array.ForEach(buffers, buffer => buffer.Dispose());
        Assert.That(pool.Counters.PooledBytes, Is.EqualTo(2 * KiB));
        Assert.That(_api.LiveHandles, Does.Contain("Buffer x 2"));
        pool.Trim();
    }

    [Test]
    public void Sessions_that_meet_share_a_context_and_memory_and_the_last_leaves_nothing()
    {
        var shared = new SharedContext(_device);
        ClContext first = shared.Enter();
        nint handle = first.Handle;
        Assert.That(shared.Enter(), Is.SameAs(first));
        shared.Pool.Rent(first, KiB, ClMemoryKind.Device).Dispose();
        shared.Leave();
        Assert.That((first.Handle, shared.Pool.Counters.PooledBytes), Is.EqualTo((handle, (long)KiB)));
        shared.Leave();
        Assert.That(() => first.Handle, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(shared.Pool.Counters.PooledBytes, Is.Zero);
        Assert.That(shared.Pool.Counters.PeakBytes, Is.EqualTo(KiB), "counters outlive the context");

        ClContext next = shared.Enter();
        Assert.That(next, Is.Not.SameAs(first));
        shared.Leave();
    }

    [Test]
    public void A_context_that_cannot_be_opened_has_nobody_in_it()
    {
        bool fails = true;
        var api = new FaultyClApi(Api) { Fails = (_, name) => fails && name == nameof(ClApi.CreateContext) };
        var shared = new SharedContext(ClPlatform.All(api)[0].Devices[0]);
        Assert.That(() => shared.Enter(), Throws.InstanceOf<ClException>());
        fails = false;
        shared.Enter();
        shared.Leave();
        Assert.That(api.LiveHandles, Is.Empty);
    }

    [Test]
    public void A_refused_request_releases_what_is_kept_and_is_made_once_more()
    {
        int refusals = 1;
        var api = new FaultyClApi(Api) { Fault = ClStatus.MemObjectAllocationFailure };
        api.Fails = (_, name) => name == nameof(ClApi.CreateBuffer) && api.Calls.Count(call => call == name) > 1 && refusals-- > 0;
        ClDevice device = ClPlatform.All(api)[0].Devices[0];
        using var context = new ClContext(device);
        var pool = new ClBufferPool(KiB * KiB);
        using var memory = new DeviceMemory(context, pool, DeviceTraits.Of(device));
        memory.Allocate("The feature maps", KiB).Dispose();
        using (memory.Allocate("The feature maps", 3 * KiB))
        {
            Assert.That((pool.Counters.LiveBytes, pool.Counters.PooledBytes), Is.EqualTo((3L * KiB, 0L)));
        }

        pool.Trim();
    }

    [Test]
    public void Memory_that_fails_at_its_first_use_is_not_kept()
    {
        var api = new FaultyClApi(Api) { Fault = ClStatus.MemObjectAllocationFailure, Fails = (_, name) => name == nameof(ClApi.EnqueueFillBuffer) };
        ClDevice device = ClPlatform.All(api)[0].Devices[0];
        using var context = new ClContext(device);
        var pool = new ClBufferPool(KiB * KiB);
        using var memory = new DeviceMemory(context, pool, DeviceTraits.Of(device));
        Assert.That(
            () => memory.Allocate("The feature maps", KiB),
            Throws.InstanceOf<Convoy.Backends.BatchTooLargeException>().With.Message.Contains("no memory left").And.Message.Contains("CL_MEM_OBJECT_ALLOCATION_FAILURE (-4)"));
        Assert.That((pool.Counters.LiveBytes, pool.Counters.PooledBytes), Is.EqualTo((0L, 0L)));
        Assert.That(api.LiveHandles, Does.Not.Contain("Buffer x 1"));
    }
}
