namespace Convoy.Tests.Support;

/// <summary>A clock that stands still but for what each thread adds for itself: how fast a device is, is up to a test.</summary>
internal sealed class ThreadClock : TimeProvider, IDisposable
{
    private readonly ThreadLocal<double> _seconds = new();

    public override long TimestampFrequency => 1_000_000_000;

    /// <summary>Time passes for this thread.</summary>
    public void Pass(double seconds) => _seconds.Value += seconds;

    public override long GetTimestamp() => (long)(_seconds.Value * TimestampFrequency);

    public void Dispose() => _seconds.Dispose();
}
