namespace Convoy.Tests;

/// <summary>A clock that is set, in seconds.</summary>
internal sealed class SetClock : TimeProvider
{
    public long Now { get; set; }

    public override long TimestampFrequency => 1;

    public override long GetTimestamp() => Now;
}
