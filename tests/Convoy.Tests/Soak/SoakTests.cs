namespace Convoy.Tests.Soak;

/// <summary>The soak in short, and that it notices what it is for; tests/soak.sh is the long form.</summary>
public sealed class SoakTests
{
    private const int Rounds = 40;
    private const long Resident = 170_000_000;

    [Test]
    public void Sessions_of_every_kind_come_and_go_and_leave_the_same_bits_and_nothing_else()
    {
        Device[] devices = [.. Device.All.Where(device => device.IsAvailable)];
        using var round = new SoakRound(devices, withAlexNet: false, seed: 1);
        round.Run();
        var before = NativeMemorySnapshot.Take();
        round.Run();
        var after = NativeMemorySnapshot.Take();
        Assert.That((after.LiveBytes, after.LeakedBuffers), Is.EqualTo((before.LiveBytes, before.LeakedBuffers)));
        Assert.That(devices.Sum(device => device.Memory is { } memory ? memory.LiveBytes + memory.PooledBytes : 0), Is.Zero);
    }

    [Test]
    public void What_only_goes_up_and_down_is_flat()
    {
        var random = new Random(1);
        Assert.That(GrowingFigures(i => Round(i) with
        {
            ResidentBytes = Resident + random.Next(2_000_000),
            Threads = i % 10 == 7 ? 12 : 10,
            Descriptors = i % 10 == 3 ? 90 : 89,
        }), Is.Empty);
    }

    [Test]
    public void Warm_up_and_what_shrinks_are_no_growth() => Assert.That(GrowingFigures(i => Round(i) with
    {
        ResidentBytes = i < 4 ? Resident / 2 : Resident - (i * 100_000),
        Threads = i < 3 ? 2 : 10,
    }), Is.Empty);

    [Test]
    public void A_little_more_each_round_is_growth() => Assert.That(
        GrowingFigures(i => Round(i) with
        {
            ResidentBytes = Resident + (i * 80_000),
            ManagedBytes = 6_000_000 + (i * 4000),
            NativeBytes = i * 64,
            DeviceBytes = i * 64,
            Descriptors = 89 + (i / 10),
            Threads = 10 + (i / 20),
        }),
        Is.EqualTo(["resident memory", "managed heap", "native memory", "devices' memory", "file descriptors", "threads"]));

    [Test]
    public void A_changed_bit_is_noticed()
    {
        using var network = SoakNetwork.LeNet5();
        var its = new SoakCase(network, Device.Reference, new SessionOptions { BatchSize = 70 });
        var recorded = new RecordedScores();
        using WeightSet weights = network.OpenWeights();
        using InferenceSession session = network.Network.Compile(its.Device, weights, its.Options);
        recorded.Record(its, session);
        float[] scores = new float[2 * network.ScoreLength];
        session.Run(network.Slice(5, 2), scores);
        Assert.That(recorded.IsRecorded(its, 5, scores));
        Assert.That(recorded.IsRecorded(its, 4, scores), Is.False);
        scores[^1] = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(scores[^1]) ^ 1);
        Assert.That(() => recorded.Check(its, 5, scores, "a test"), Throws.InstanceOf<SoakException>().With.Message.Contains("lenet5 on reference"));
    }

    private static IEnumerable<string> GrowingFigures(Func<int, ProcessFigures> round) => SoakVerdict
        .Judge([.. Enumerable.Range(0, Rounds).Select(round)])
        .Where(each => !each.IsFlat)
        .Select(each => each.Line.Split(':')[0]);

    private static ProcessFigures Round(int i) => new(Resident, i * 1000, 0, 0, 0, 6_000_000, 89, 10);
}
