using System.Globalization;

namespace Convoy.Tests.Support;

public sealed unsafe class GuardedBufferTests
{
    [TestCase(GuardedSide.End)]
    [TestCase(GuardedSide.Start)]
    public void Elements_between_the_guards_are_read_and_written(GuardedSide side)
    {
        using GuardedBuffer<float> buffer = GuardedBuffer.Of<float>([1, 2, 3], side);
        buffer.Span[1] = 20;

        Assert.That(buffer.Span.ToArray(), Is.EqualTo(new float[] { 1, 20, 3 }));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(1024)]
    [TestCase(1025)]
    public void The_byte_past_the_end_and_the_byte_before_the_start_are_inaccessible(int length)
    {
        IgnoreUnlessLinux();
        using var atEnd = new GuardedBuffer<float>(length, GuardedSide.End);
        using var atStart = new GuardedBuffer<float>(length, GuardedSide.Start);

        Assert.That(AccessAt(atEnd.Address + (length * sizeof(float))), Is.EqualTo("---p"));
        Assert.That(AccessAt(atStart.Address - 1), Is.EqualTo("---p"));
        if (length > 0)
        {
            Assert.That(AccessAt(atEnd.Address), Is.EqualTo("rw-p"));
            Assert.That(AccessAt(atStart.Address), Is.EqualTo("rw-p"));
        }
    }

    [Test]
    public void An_aligned_buffer_ends_as_near_to_the_guard_as_it_can()
    {
        IgnoreUnlessLinux();
        using var buffer = new GuardedBuffer<float>(17, alignment: 64);

        Assert.That((long)buffer.Address % 64, Is.Zero);
        Assert.That(AccessAt(buffer.Address + 127), Is.EqualTo("rw-p"));
        Assert.That(AccessAt(buffer.Address + 128), Is.EqualTo("---p"));
    }

    [Test]
    public void A_write_past_the_end_that_hits_no_guard_fails_on_disposal()
    {
        var buffer = new GuardedBuffer<float>(17, alignment: 64);
        ((float*)buffer.Address)[17] = 0;

        Assert.That(Failure.Of(buffer.Dispose), Does.Contain("byte 1 past the end"));
    }

    [Test]
    public void A_write_before_the_start_that_hits_no_guard_fails_on_disposal()
    {
        var buffer = new GuardedBuffer<float>(17);
        ((byte*)buffer.Address)[-3] = 0;
        ((byte*)buffer.Address)[-5] = 0;

        Assert.That(Failure.Of(buffer.Dispose), Does.Contain("byte 3 before the start"));
    }

    [Test]
    public void Use_after_disposal_is_refused_and_disposing_twice_is_harmless()
    {
        var buffer = new GuardedBuffer<float>(17);
        buffer.Dispose();
        buffer.Dispose();

        Assert.That(() => buffer.Span.Length, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => buffer.Address, Throws.TypeOf<ObjectDisposedException>());
    }

    private static void IgnoreUnlessLinux()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Skipped: guard pages are mapped on Linux only; elsewhere the pattern around a buffer is checked on disposal.");
        }
    }

    /// <summary>The access the kernel grants at an address, as /proc/self/maps writes it.</summary>
    private static string? AccessAt(nint address)
    {
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] fields = line.Split(' ', 3);
            nint[] bounds = [.. fields[0].Split('-').Select(bound => nint.Parse(bound, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            if (bounds[0] <= address && address < bounds[1])
            {
                return fields[1];
            }
        }

        return null;
    }
}
