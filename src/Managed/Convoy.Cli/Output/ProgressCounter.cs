namespace Convoy.Cli.Output;

/// <summary>How far work is; the one who works counts, the display reads.</summary>
/// <param name="clock">The clock that says how long it takes; null for the system's.</param>
internal sealed class ProgressCounter(TimeProvider? clock = null)
{
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private long _begin = (clock ?? TimeProvider.System).GetTimestamp();
    private long _done;
    private long _errors;
    private volatile string _stage = "";
    private volatile string _facts = "";
    private volatile ProgressText? _text;

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

    /// <summary>What is said before the rest where the units counted do not say it: "2 of 6 combinations, 1,234 images/s"; "" elsewhere.</summary>
    public string Facts
    {
        get => _facts;
        set => _facts = value;
    }

    /// <summary>What is said of the part of the work under way; null where it has no parts.</summary>
    public ProgressText? Text => _text;

    /// <summary>Time since the work, or the part of it under way, began.</summary>
    public TimeSpan Elapsed => _clock.GetElapsedTime(Interlocked.Read(ref _begin));

    /// <summary>Begins a part of the work, with another number of units, which are counted and timed from the beginning.</summary>
    public void Begin(ProgressText text)
    {
        _stage = _facts = "";
        _text = text;
        Interlocked.Exchange(ref _done, 0);
        Interlocked.Exchange(ref _begin, _clock.GetTimestamp());
    }

    /// <summary>Counts units.</summary>
    public void Add(long units) => Interlocked.Add(ref _done, units);

    /// <summary>Counts a unit, already added or not yet, that went wrong.</summary>
    public void AddError() => Interlocked.Increment(ref _errors);

    /// <summary>Counts units up to so many, for one who works alone.</summary>
    public void RaiseTo(long units) => Interlocked.Exchange(ref _done, Math.Max(Done, units));
}
