namespace Convoy.Cli.Output;

/// <summary>How far work is; the one who works counts, the display reads.</summary>
internal sealed class ProgressCounter
{
    private long _done;
    private long _errors;
    private volatile string _stage = "";

    /// <summary>Units done.</summary>
    public long Done => Interlocked.Read(ref _done);

    /// <summary>How many of them went wrong.</summary>
    public long Errors => Interlocked.Read(ref _errors);

    /// <summary>What is being done just now: "native, batch 64"; "" where that need not be said.</summary>
    public string Stage
    {
        get => _stage;
        set => _stage = value;
    }

    /// <summary>Counts units.</summary>
    public void Add(long units) => Interlocked.Add(ref _done, units);

    /// <summary>Counts a unit, already added or not yet, that went wrong.</summary>
    public void AddError() => Interlocked.Increment(ref _errors);

    /// <summary>Counts units up to so many, for one who works alone.</summary>
    public void RaiseTo(long units) => Interlocked.Exchange(ref _done, Math.Max(Done, units));
}
