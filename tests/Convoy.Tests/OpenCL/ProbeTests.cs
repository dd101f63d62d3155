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
                Assert.That(device.LanguageVersion, Does.StartWith("OpenCL C "));
                Assert.That(device.ComputeUnits, Is.Positive);
                Assert.That(device.MaxWorkGroupSize, Is.Positive);
                Assert.That(device.MaxWorkItemSizes, Has.Count.GreaterThanOrEqualTo(3).And.All.Positive);
                Assert.That(device.GlobalMemoryBytes, Is.GreaterThanOrEqualTo(device.MaxAllocationBytes));
                Assert.That(device.MaxAllocationBytes, Is.Positive);
                Assert.That(device.LocalMemoryBytes, Is.Positive);
                Assert.That(device.PreferredVectorWidthFloat, Is.Positive);
                Assert.That(device.ProfilingTimerResolution, Is.Positive);
                Assert.That(device.Extensions, Is.Not.Empty.And.None.Contains(" "));
                Assert.That(device.Platform.Devices, Does.Contain(device));
                Assert.That(!device.Platform.IsPocl || device.Type == ClDeviceType.Cpu, "PoCL's device is the CPU");
            });
        }
    }

    [Test]
    public void Work_groups_share_local_memory()
    {
        const int Groups = 3;
        foreach (ClDevice device in Devices)
        {
            using var context = new ClContext(device);
            using var queue = new ClQueue(context);
            using ClProgram program = ClProgram.Build(context, KernelSource.Load("probe.cl"));
            using ClKernel kernel = program.CreateKernel("probe_local");
            int size = (int)Math.Min(16, kernel.WorkGroup.MaxSize);
            using var input = ClBuffer.From<float>(context, [.. Enumerable.Range(0, Groups * size).Select(i => (float)(i / size))]);
            using var output = ClBuffer.Allocate(context, input.Bytes);
            kernel.SetArg(0, input);
            kernel.SetArg(1, output);
            kernel.SetLocal(2, size * sizeof(float));
            queue.Enqueue(kernel, new(Groups * size), new(size));
            var answer = new float[Groups * size];
            queue.Read<float>(output, 0, answer);
            Assert.That(answer, Is.EqualTo(Enumerable.Range(0, answer.Length).Select(i => (float)(i / size * size))), device.Name);
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
    public void Transfers_that_do_not_block_are_done_when_their_event_is()
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
            read.Wait();
            Assert.That(read.IsComplete);
            Assert.That(whole.As<int>()[256..].ToArray(), Is.All.EqualTo(round));
        }
    }

    [Test]
    public void A_marker_signals_after_what_came_before()
    {
        using var context = new ClContext(AnyDevice);
        using var queue = new ClQueue(context);
        using var buffer = ClBuffer.Allocate(context, 64);
        using var filled = new ClEvent(context);
        using var marked = new ClEvent(context);
        queue.BeginFill(buffer, 1, 0, 64, signal: filled);
        queue.Mark(signal: marked);
        marked.Wait();
        Assert.That(filled.IsComplete);
    }
}
