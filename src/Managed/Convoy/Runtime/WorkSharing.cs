namespace Convoy.Runtime;

/// <summary>
/// Decides how many images each of several devices takes at a time, from how fast each has been so far. Answers go out in
/// order and only so many batches are in memory, so a device that is long over its images stops the others once they have
/// filled the rest: each takes no more than it can do while the others fill it. That leaves a device as fast as they are its
/// whole batch, and a slow one a part of a batch. A device that adds next to nothing rests most of the time, for on shared
/// cores it takes more from the others than it gives; but every device has a part of the work.
/// </summary>
/// <remarks>
/// Pure bookkeeping: times come from outside, and with a single device it is always the whole batch. Not safe for several
/// threads.
/// </remarks>
internal sealed class WorkSharing
{
    /// <summary>How many times longer a device rests than it worked, where it is not worth more.</summary>
    public const int Rest = 16;

    /// <summary>A device this many times slower than the fastest is not worth its share of the machine.</summary>
    public const int WorthwhileRatio = 16;

    /// <summary>How much larger than the last a device's part may be: a first measurement, of few images, is a poor one.</summary>
    public const int Growth = 4;

    /// <summary>The weight of the newest measurement in a device's speed.</summary>
    private const double Freshness = 0.5;

    private readonly List<Share> _shares = [];

    /// <summary>Images that others can fill while one device is over its own.</summary>
    private readonly int _window;

    /// <param name="devices">The most images each takes at a time, and how many such parts it has in flight.</param>
    /// <param name="batchSize">Images in a batch of the whole.</param>
    public WorkSharing(IEnumerable<(int BatchSize, int InFlight)> devices, int batchSize)
    {
        _shares.AddRange(devices.Select(device => new Share(device.BatchSize, device.InFlight)));
        _window = _shares.Sum(share => share.InFlight) * batchSize;
    }

    /// <summary>How many images a device may take now; 0 leaves them to the others.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="waiting">Images that wait to be taken by anybody.</param>
    /// <param name="now">The time, in seconds.</param>
    public int Offer(int device, int waiting, double now)
    {
        Share share = _shares[device];
        int kept = _shares.Count(each => each != share && each is { HasBegun: false, HasLeft: false });
        int offered = Math.Min(Limit(share, now), waiting - (share.HasBegun ? kept : 0));
        return Math.Max(offered, 0);
    }

    /// <summary>A device takes its part.</summary>
    public void Begin(int device) => _shares[device].HasBegun = true;

    /// <summary>A device did its part.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="images">How many it did.</param>
    /// <param name="seconds">How long it was over them, apart from what it was over before.</param>
    /// <param name="now">The time, in seconds.</param>
    public void End(int device, int images, double seconds, double now)
    {
        Share share = _shares[device];
        share.Largest = (int)Math.Min((long)share.Largest * Growth, share.BatchSize);
        share.RestsUntil = now + (Rest * seconds);
        if (seconds > 0)
        {
            double measured = seconds / images;
            share.SecondsPerImage += (share.IsMeasured ? Freshness : 1) * (measured - share.SecondsPerImage);
        }
    }

    /// <summary>A device takes no more.</summary>
    public void Leave(int device) => _shares[device].HasLeft = true;

    private int Limit(Share share, double now)
    {
        Share[] others = [.. _shares.Where(each => each != share && !each.HasLeft)];
        if (others.Length == 0)
        {
            return share.BatchSize;
        }

        double theirs = others.Sum(each => each.ImagesPerSecond);
        if (!share.IsMeasured || theirs == 0)
        {
            return share.Largest;
        }

        // Of what a device has in flight the last part comes out after all the others.
        double images = share.ImagesPerSecond * (_window / theirs) / share.InFlight;
        double fastest = others.Max(each => each.ImagesPerSecond);
        bool isWorthwhile = share.ImagesPerSecond >= fastest || (images >= 1 && share.ImagesPerSecond * WorthwhileRatio >= fastest);
        return isWorthwhile || now >= share.RestsUntil ? (int)Math.Clamp(images, 1, share.Largest) : 0;
    }

    /// <summary>What is known of a device.</summary>
    private sealed class Share(int batchSize, int inFlight)
    {
        public int BatchSize { get; } = batchSize;

        public int InFlight { get; } = inFlight;

        /// <summary>The most images it may take for its next part.</summary>
        public int Largest { get; set; } = 1;

        /// <summary>0 until it was measured.</summary>
        public double SecondsPerImage { get; set; }

        public double RestsUntil { get; set; }

        public bool HasBegun { get; set; }

        public bool HasLeft { get; set; }

        public bool IsMeasured => SecondsPerImage > 0;

        public double ImagesPerSecond => IsMeasured ? 1 / SecondsPerImage : 0;
    }
}
