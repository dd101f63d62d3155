namespace Convoy.Backends;

/// <summary>
/// A device's times of commands, held against the host's clock before they are believed: there are drivers whose times are
/// always the same, count in another unit, or are made up.
/// </summary>
internal static class DeviceClock
{
    // The host's clock also counts what it takes to hand commands over, and to get a processor back that the device may be.
    private const double LongSeconds = 5e-3;
    private const double LeastShareOfLong = 0.1;

    // Another unit is a thousandth at most.
    private const double LeastShare = 0.005;
    private const double MostShare = 1.05;

    /// <summary>Whether commands were done in less time than they can have been.</summary>
    /// <param name="busy">What the device says of them, in seconds.</param>
    /// <param name="host">How long the host waited for them, in seconds.</param>
    public static bool IsTooShort(double busy, double host) => !(busy >= (host > LongSeconds ? LeastShareOfLong : LeastShare) * host);

    /// <summary>The same where the host may have been held up by something else.</summary>
    public static bool IsFarTooShort(double busy, double host) => !(busy >= LeastShare * host);

    /// <summary>Whether commands took longer than the host waited for them, both in seconds.</summary>
    public static bool IsTooLong(double device, double host) => !(device <= MostShare * host);

    /// <summary>The sentence on commands that cannot have taken so long, or so short, both in seconds.</summary>
    public static string Contradict(string what, double device, double host) => FormattableString.Invariant(
        $"The driver's times of commands cannot be right: {device * 1e3:N3} ms of {what} that took {host * 1e3:N3} ms by the host's clock.");

    /// <summary>The sentence on a command that ended before it began, in nanoseconds.</summary>
    public static string ContradictEnd(long begin, long end) => FormattableString.Invariant(
        $"The driver's times of commands cannot be right: one ended {(Int128)begin - end:N0} ns before it began.");
}
