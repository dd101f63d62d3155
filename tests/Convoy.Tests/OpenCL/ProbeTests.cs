using Convoy.Backends.OpenCL.Interop;
using Convoy.Memory;

namespace Convoy.Tests.OpenCL;

/// <summary>Commands do what they say, on every device.</summary>
public sealed class ProbeTests : OpenClFixture
{
    [Test]
    public void A_whole_life_gives_the_right_numbers_on_every_device() =>
        Assert.Multiple(() =>
        {
            foreach (ClDevice device in Devices)
            {
                ProbeScenario.Run(device);
            }
        });

    [Test]
    public void Every_device_states_facts_that_can_be()
    {
        foreach (ClDevice device in Devices)
        {
            Assert.Multiple(() =>
            {
                Assert.That(device.Name, Is.Not.Empty);
                Assert.That(device.Version, Does.StartWith("OpenCL "));
                Assert.That(device.ComputeUnits, Is.Positive);
                Assert.That(device.MaxWorkGroupSize, Is.Positive);
                Assert.That(device.MaxWorkItemSizes, Has.Count.GreaterThanOrEqualTo(3).And.All.Positive);
                Assert.That(device.GlobalMemoryBytes, Is.GreaterThanOrEqualTo(device.MaxAllocationBytes));
                Assert.That(device.MaxAllocationBytes, Is.Positive);
                Assert.That(device.LocalMemoryBytes, Is.Positive);
                Assert.That(device.PreferredVectorWidthFloat, Is.Positive);
                Assert.That(device.Extensions, Is.Not.Empty.And.None.Contains(" "));
                Assert.That(device.Platform.Devices, Does.Contain(device));
                Assert.That(!device.Platform.IsPocl || device.Type == ClDeviceType.Cpu, "PoCL's device is the CPU");
            });
        }
    }

    [Test]
    public void A_device_works_in_host_memory_that_is_given_to_it()
    {
        foreach (ClDevice device in Devices)
        {
            using var memory = NativeBuffer<float>.Allocate(1024, 4096, clear: true);
            using var context = new ClContext(device);
            using var queue = new ClQueue(context);
            using var shared = new ClHostWindow(context);
            shared.Open(PinnedMemory.Of(memory), ClAccess.ReadWrite);
            queue.BeginFill(shared, 3f, 0, 1000 * sizeof(float));
            PinnedMemory mapped = queue.Map(shared, ClMapAccess.Read);
            Assert.That(memory.GetSpan()[..1000].ToArray(), Is.All.EqualTo(3f), device.Name);
            Assert.That(memory.GetSpan()[1000..].ToArray(), Is.All.Zero, device.Name);
            queue.BeginUnmap(shared, mapped);
            queue.Finish();
        }
    }

    [Test]
    public void Transfers_on_two_queues_follow_each_others_events()
    {
        using var memory = NativeBuffer<int>.Allocate(512);
        using var context = new ClContext(AnyDevice);
        using var up = new ClQueue(context);
        using var down = new ClQueue(context);
        using var buffer = ClBuffer.Allocate(context, 256 * sizeof(int));
        using var written = new ClEvent(context);
        using var read = new ClEvent(context);
        PinnedMemory whole = PinnedMemory.Of(memory);
        for (int round = 1; round <= 3; round++)
        {
            whole.As<int>()[..256].Fill(round);
            up.BeginWrite(buffer, 0, whole.Slice(0, buffer.Bytes), after: [read], signal: written);
            up.Flush();
            down.BeginRead(buffer, 0, whole.Slice(buffer.Bytes, buffer.Bytes), after: [written], signal: read);
            down.Finish();
            Assert.That(whole.As<int>()[256..].ToArray(), Is.All.EqualTo(round));
        }
    }
}
