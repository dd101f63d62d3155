namespace Convoy.Tests.Soak;

/// <summary>
/// One round of the soak: every case of every network once, in an order of the round's own, and devices mixed in pipelines.
/// Each round is the same work, so that what is in memory after it should be, too.
/// </summary>
internal sealed class SoakRound : IDisposable
{
    private readonly SoakNetwork _lenet5 = SoakNetwork.LeNet5();
    private readonly SoakNetwork? _alexnet;
    private readonly ILookup<SoakNetwork, SoakCase> _cases;
    private readonly RecordedScores _recorded = new();
    private readonly Random _random;

    /// <param name="devices">The devices to use.</param>
    /// <param name="withAlexNet">Whether AlexNet is run as well, which takes most of the time.</param>
    /// <param name="seed">Of everything that is left to chance.</param>
    public SoakRound(IReadOnlyCollection<Device> devices, bool withAlexNet, int seed)
    {
        _random = new Random(seed);
        _alexnet = withAlexNet ? SoakNetwork.AlexNet() : null;
        _cases = SoakCase.OfLeNet5(_lenet5, devices)
            .Concat(_alexnet is null ? [] : SoakCase.OfAlexNet(_alexnet, devices))
            .ToLookup(each => each.Network);
    }

    /// <summary>Sessions made so far.</summary>
    public long Sessions { get; private set; }

    /// <summary>Images computed so far.</summary>
    public long Images { get; private set; }

    /// <summary>
    /// Has every case compute every number of images that a batch of it can have. PoCL compiles some kernels anew for each, and
    /// keeps them loaded as long as the process lives: chance meets the last of them only after half an hour, and until then
    /// memory would grow though nothing leaks.
    /// </summary>
    public void MeetEverySize()
    {
        foreach (IGrouping<SoakNetwork, SoakCase> cases in _cases)
        {
            using WeightSet weights = cases.Key.OpenWeights();
            foreach (SoakCase its in cases)
            {
                new SoakVisit(its, _recorded, _random).MeetEverySize(weights);
            }
        }
    }

    public void Run()
    {
        foreach (IGrouping<SoakNetwork, SoakCase> cases in _cases)
        {
            using WeightSet weights = cases.Key.OpenWeights();
            SoakCase[] order = [.. cases];
            _random.Shuffle(order);
            foreach (SoakCase its in order)
            {
                var visit = new SoakVisit(its, _recorded, _random);
                visit.Run(weights);
                Sessions++;
                Images += visit.Images;
            }

            RunPipeline(cases.Key, [.. order.DistinctBy(each => each.Device)], weights);
            RunPipeline(cases.Key, order[..Math.Min(2, order.Length)], weights);
        }
    }

    public void Dispose()
    {
        _lenet5.Dispose();
        _alexnet?.Dispose();
    }

    private void RunPipeline(SoakNetwork network, SoakCase[] cases, WeightSet weights)
    {
        var pipeline = new SoakPipeline(network, cases, _recorded, _random);
        pipeline.Run(weights);
        Sessions += cases.Length;
        Images += pipeline.Images;
    }
}
