namespace Convoy.Tests.Runtime;

/// <summary>How many images devices of different speed take at a time; in seconds that tests give.</summary>
public sealed class WorkSharingTests
{
    private const int Plenty = 1000;

    [Test]
    public void A_single_device_takes_whole_batches_from_the_first()
    {
        var sharing = new WorkSharing([Cpu(64)], 64);
        Assert.That(sharing.Offer(0, Plenty, 0), Is.EqualTo(64));
        sharing.Begin(0);
        sharing.End(0, 64, 1000, 1000);
        Assert.That(sharing.Offer(0, Plenty, 1000), Is.EqualTo(64));
    }

    [Test]
    public void Devices_begin_with_one_image_and_grow_to_whole_batches_where_they_are_as_fast()
    {
        var sharing = new WorkSharing([Cpu(64), Cpu(64)], 64);
        List<int> parts = [];
        for (int part = 0; part < 5; part++)
        {
            parts.Add(sharing.Offer(0, Plenty, part));
            Do(sharing, 0, 0.01 * parts[^1], part);
            Do(sharing, 1, 0.01 * parts[^1], part);
        }

        Assert.That(parts, Is.EqualTo([1, 4, 16, 64, 64]));
    }

    [TestCase(1.0, 64)]
    [TestCase(0.4, 32)]
    [TestCase(0.1, 8)]
    public void A_slower_device_takes_what_it_can_do_while_the_other_fills_the_rest(double speed, int part)
    {
        // One has two batches in flight, the other one; together three wait or are under way beside what is read.
        var sharing = new WorkSharing([Gpu(64, 2), Cpu(64)], 64);
        Warm(sharing, 1, 1000);
        Warm(sharing, 0, 1000 * speed);
        Assert.That(sharing.Offer(0, Plenty, 0), Is.EqualTo(part));
        Assert.That(sharing.Offer(1, Plenty, 0), Is.EqualTo(64));
    }

    [TestCase(false, 15, true)]
    [TestCase(false, 17, false)]
    [TestCase(true, 3, true)]
    [TestCase(true, 5, false)]
    public void A_device_that_adds_next_to_nothing_rests_after_its_part(bool onSharedCores, int timesSlower, bool goesOn)
    {
        var sharing = new WorkSharing([Cpu(64), onSharedCores ? Cpu(64) : Gpu(64, 1)], 64);
        Warm(sharing, 0, 1000);
        Warm(sharing, 1, 1000.0 / timesSlower);
        double worked = 0.001 * timesSlower;
        Assert.That(sharing.Offer(1, Plenty, worked) > 0, Is.EqualTo(goesOn));
        Assert.That(sharing.Offer(1, Plenty, (WorkSharing.Rest + 1) * 64 * worked), Is.Positive, "it is asked again");
        Assert.That(sharing.Offer(0, Plenty, worked), Is.EqualTo(64));
    }

    [Test]
    public void A_device_whose_single_image_outlasts_the_window_rests_however_many_images_it_does_a_second()
    {
        // Ten others: what they do together fills the window in no time, though none is much faster than it.
        var sharing = new WorkSharing(Enumerable.Repeat(Gpu(1, 1), 10).Append(Gpu(1, 16)), 1);
        Enumerable.Range(0, 10).ToList().ForEach(device => Warm(sharing, device, 1000));
        Warm(sharing, 10, 500);
        Assert.That(sharing.Offer(10, Plenty, 0), Is.Zero);
    }

    [Test]
    public void The_fastest_never_rests()
    {
        // A single image of its, behind the others it has in flight, outlasts the window too; but somebody must be at work.
        var sharing = new WorkSharing([Gpu(1, 16), Cpu(1), Cpu(1), Cpu(1)], 1);
        Warm(sharing, 0, 1000);
        Enumerable.Range(1, 3).ToList().ForEach(device => Warm(sharing, device, 900));
        Assert.That(sharing.Offer(0, Plenty, 0), Is.EqualTo(1));
    }

    [Test]
    public void Nobody_takes_the_last_images_before_every_device_has_had_one()
    {
        var sharing = new WorkSharing([Cpu(64), Cpu(64), Cpu(64)], 64);
        Assert.That(sharing.Offer(0, 3, 0), Is.EqualTo(1));
        Do(sharing, 0, 0.001, 0);
        Assert.That(sharing.Offer(0, 2, 0), Is.Zero);
        Assert.That(sharing.Offer(0, 5, 0), Is.EqualTo(3));
        Assert.That(sharing.Offer(1, 2, 0), Is.EqualTo(1));
        sharing.Begin(1);
        Assert.That(sharing.Offer(0, 2, 0), Is.EqualTo(1));
        sharing.Leave(2);
        Assert.That(sharing.Offer(0, 2, 0), Is.EqualTo(2));
    }

    [Test]
    public void Whoever_is_left_takes_whole_batches()
    {
        var sharing = new WorkSharing([Cpu(64), Cpu(64)], 64);
        Warm(sharing, 0, 1000);
        Warm(sharing, 1, 1);
        Assert.That(sharing.Offer(1, Plenty, 0), Is.Zero);
        sharing.Leave(0);
        Assert.That(sharing.Offer(1, Plenty, 0), Is.EqualTo(64));
    }

    [Test]
    public void A_slow_moment_is_forgotten()
    {
        var sharing = new WorkSharing([Gpu(64, 1), Gpu(64, 1)], 64);
        Warm(sharing, 0, 1000);
        Warm(sharing, 1, 1000);
        sharing.End(1, 64, 100, 0);
        Assert.That(sharing.Offer(1, Plenty, 0), Is.Zero);
        for (int i = 0; i < 20; i++)
        {
            sharing.End(1, 1, 0.001, 0);
        }

        Assert.That(sharing.Offer(1, Plenty, 0), Is.EqualTo(64));
    }

    private static SharingDevice Cpu(int batchSize) => new(batchSize, 1, true);

    private static SharingDevice Gpu(int batchSize, int inFlight) => new(batchSize, inFlight, false);

    private static void Do(WorkSharing sharing, int device, double seconds, double now)
    {
        int images = sharing.Offer(device, Plenty, now);
        sharing.Begin(device);
        sharing.End(device, images, seconds, now);
    }

    /// <summary>A device has done whole batches for a while, up to the time 0.</summary>
    private static void Warm(WorkSharing sharing, int device, double imagesPerSecond)
    {
        sharing.Begin(device);
        for (int i = 0; i < 8; i++)
        {
            sharing.End(device, 64, 64 / imagesPerSecond, 0);
        }
    }
}
