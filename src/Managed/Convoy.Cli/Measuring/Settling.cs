namespace Convoy.Cli.Measuring;

/// <summary>
/// Tells when a warm-up has done its work: times become shorter as code is compiled, pages are touched and clocks rise, and
/// have settled once they do no longer. That they rise again is noise, and no reason to go on.
/// </summary>
internal sealed class Settling
{
    /// <summary>What counts as shorter than the shortest before.</summary>
    private const double Gain = 0.02;

    /// <summary>Times in a row that must not be shorter.</summary>
    private const int Patience = 2;

    private double _shortest = double.PositiveInfinity;
    private int _sinceGain;

    /// <summary>Whether the last two times were no shorter, by two percent, than the shortest before.</summary>
    public bool IsSettled => _sinceGain >= Patience;

    /// <summary>Notes the median time of the runs of a while.</summary>
    public void Add(double milliseconds)
    {
        _sinceGain = milliseconds < _shortest * (1 - Gain) ? 0 : _sinceGain + 1;
        _shortest = Math.Min(_shortest, milliseconds);
    }
}
