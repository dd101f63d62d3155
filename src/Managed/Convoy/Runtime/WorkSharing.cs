namespace Convoy.Runtime;

/// <summary>
/// Decides how many images each of several devices takes at a time, from how fast each has been so far. Results go out in
/// order and only so many batches are in memory, so a device that is long over its images stops the others once they have
/// filled the rest: each takes no more than it can do while the others fill it. That leaves a device as fast as they are its
/// whole batch, and a slow one a part of a batch. A device that adds little rests most of the time, for it takes more from
/// the others than it gives where they share cores; but every device has a part of the work.
/// </summary>
/// <remarks>
/// Pure bookkeeping: times come from outside, and with a single device it is always the whole batch. Not safe for several
/// threads.
/// </remarks>
internal sealed class WorkSharing
{
    /// <summary>How many times longer a device rests than it worked, where it is not worth more.</summary>
    public const int Rest = 16;

    /// <summary>A device more than this many times slower than the fastest is not worth waking it for.</summary>
    public const int WorthwhileRatio = 16;

    /// <summary>The same, where both run on the host's cores: then what the slow one computes, the fast one does not.</summary>
    public const int WorthwhileRatioOnSharedCores = 4;

    /// <summary>How much larger than the last a device's part may be: a first measurement, of few images, is a poor one.</summary>
    public const int Growth = 4;

    /// <summary>What each further measurement leaves of the weight of those before.</summary>
    private const double Memory = 0.5;

    private readonly List<Share> _shares = [];

    /// <summary>Images that others can fill while one device is over its own.</summary>
    private readonly int _window;

    /// <param name="devices">What to know of the devices.</param>
    /// <param name="batchSize">Images in a batch of the whole.</param>
    public WorkSharing(IEnumerable<SharingDevice> devices, int batchSize)
    {
        _shares.AddRange(devices.Select(device => new Share(device)));
        _window = _shares.Sum(share => share.Device.InFlight) * batchSize;
    }

    /// <summary>How many images a device may take now; 0 leaves them to the others.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="waiting">Images that wait to be taken by anybody.</param>
    /// <param name="now">The time, in seconds.</param>
    public int Offer(int device, int waiting, double now)
    {
        Share share = _shares[device];
        int kept = share.HasBegun ? _shares.Count(each => each is { HasBegun: false, HasLeft: false }) : 0;
        return Math.Max(0, Math.Min(Limit(share, now), waiting - kept));
    }

    /// <summary>A device takes its part.</summary>
    public void Begin(int device) => _shares[device].HasBegun = true;

    /// <summary>A device did its part.</summary>
    /// <param name="device">Its number.</param>
    /// <param name="images">How many it did.</param>
    /// <param name="seconds">How long it was over them, apart from what it was over before.</param>
    /// <param name="now">The time, in seconds.</param>
    public void End(int device, int images, double seconds, double now) => _shares[device].Note(images, seconds, now);

    /// <summary>A device takes no more.</summary>
    public void Leave(int device) => _shares[device].HasLeft = true;

    private int Limit(Share share, double now)
    {
        Share[] others = [.. _shares.Where(each => each != share && !each.HasLeft)];
        if (others.Length == 0)
        {
            return share.Device.BatchSize;
        }

        double theirs = others.Sum(each => each.ImagesPerSecond);
        if (share.ImagesPerSecond == 0 || theirs == 0)
        {
            return share.Part(share.Largest);
        }

        // Of what a device has in flight the last part comes out after all the others.
        double images = share.ImagesPerSecond * (_window / theirs) / share.Device.InFlight;
        return now >= share.RestsUntil || IsWorthwhile(share, others, images) ? share.Part(images) : 0;
    }

    private static bool IsWorthwhile(Share share, Share[] others, double images)
    {
        // Somebody must be at work at all times: the fastest.
        Share fastest = others.MaxBy(each => each.ImagesPerSecond)!;
        bool sharesCores = share.Device.IsOnHostCores && fastest.Device.IsOnHostCores;
        int ratio = sharesCores ? WorthwhileRatioOnSharedCores : WorthwhileRatio;
        return share.ImagesPerSecond >= fastest.ImagesPerSecond
            || (images >= 1 && share.ImagesPerSecond * ratio >= fastest.ImagesPerSecond);
    }

    /// <summary>What is known of a device, and how it has done.</summary>
    private sealed class Share(SharingDevice device)
    {
        private double _images;
        private double _seconds;

        public SharingDevice Device => device;

        /// <summary>The most images it may take for its next part.</summary>
        public int Largest { get; private set; } = 1;

        public double RestsUntil { get; private set; }

        public bool HasBegun { get; set; }

        public bool HasLeft { get; set; }

        /// <summary>How fast it has been lately; 0 until it was measured.</summary>
        public double ImagesPerSecond => _seconds > 0 ? _images / _seconds : 0;

        public void Note(int images, double seconds, double now)
        {
            _images = (Memory * _images) + images;
            _seconds = (Memory * _seconds) + seconds;
            Largest = (int)Math.Min((long)Largest * Growth, device.BatchSize);
            RestsUntil = now + (Rest * seconds);
        }

        /// <summary>
        /// A part of so many images at most, one at least: the batch halved again and again, so that a device that specialises
        /// its kernels by size meets few sizes.
        /// </summary>
        public int Part(double images)
        {
            int part = device.BatchSize;
            while (part > 1 && part > Math.Min(images, Largest))
            {
                part /= 2;
            }

            return part;
        }
    }
}

/// <summary>A device among those that share work.</summary>
/// <param name="BatchSize">The most images it computes at a time.</param>
/// <param name="InFlight">How many such parts it has under way at once.</param>
/// <param name="IsOnHostCores">True when it computes on the host's cores, as the others of that kind do.</param>
internal readonly record struct SharingDevice(int BatchSize, int InFlight, bool IsOnHostCores);
