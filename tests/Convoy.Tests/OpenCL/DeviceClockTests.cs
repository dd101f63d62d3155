using Convoy.Backends.OpenCL.Interop;
using Convoy.Profiling;
using Silk.NET.OpenCL;

namespace Convoy.Tests.OpenCL;

/// <summary>Drivers' times of commands that cannot be right: a profile says so, and times layers by the host's clock.</summary>
public sealed class DeviceClockTests : OpenClFixture
{
    private static readonly Dictionary<string, (Func<ProfilingInfo, ulong> Times, string Complaint)> Clocks = new()
    {
        ["never runs"] = (_ => 0, "0.000 ms of a batch that took "),
        ["stands"] = (_ => 123_456_789, "0.000 ms of a batch that took "),
        ["runs backwards"] = (name => name == ProfilingInfo.End ? 1000u : 3000u, "one ended 2,000 ns before it began."),
        ["runs away"] = (name => name == ProfilingInfo.End ? 3_600_000_000_000u : 0u, "3,600,000.000 ms of a batch that took "),
    };

    private static IEnumerable<string> Names => Clocks.Keys;

    [TestCaseSource(nameof(Names))]
    public void A_clock_that_is_none_is_told_and_the_hosts_taken(string clock)
    {
        (NetworkProfile profile, StreamProfile stream) = Profile(new FaultyClApi(Api) { Times = Clocks[clock].Times });
        Assert.That(profile.TimesProblem, Does.StartWith("The driver's times of commands cannot be right: ").And.Contains(Clocks[clock].Complaint).And.EndsWith("."));
        AssertIsOfHost(profile);
        Assert.That(stream.TimesProblem, Does.StartWith("The driver's times of commands cannot be right: "));
    }

    [Test]
    public void A_clock_of_another_unit_is_told()
    {
        // Each command takes a nanosecond of it, one after the other.
        ulong now = 1000;
        (NetworkProfile profile, StreamProfile stream) = Profile(new FaultyClApi(Api) { Times = _ => ++now });
        Assert.That(new[] { profile.TimesProblem, stream.TimesProblem }, Has.All.StartsWith("The driver's times of commands cannot be right: "));
        AssertIsOfHost(profile);
    }

    [Test]
    public void The_devices_own_clock_is_believed()
    {
        (NetworkProfile profile, StreamProfile stream) = Profile(new FaultyClApi(Api));
        Assert.That((profile.TimesProblem, stream.TimesProblem), Is.EqualTo(((string?)null, (string?)null)));
        Assert.That(profile.BusyMilliseconds, Is.Positive);
    }

    [Test]
    public void A_driver_that_fails_while_the_host_times_harms_no_later_run([Values] bool isTimed)
    {
        using var scenario = new SessionScenario();
        int sound = int.MaxValue;
        var api = new FaultyClApi(Api) { Fails = (_, name) => name == nameof(ClApi.Finish) && --sound < 0 };
        using InferenceSession session = scenario.Compile(SessionScenario.FirstDevice(api, Sharing.Separate));

        // Two queues are waited for: the second phase has begun.
        sound = 3;
        Assert.That(() => scenario.Run(session, new HostListener()), Throws.InstanceOf<ClException>());
        sound = int.MaxValue;
        Agreement.AssertClose(scenario.Run(session, isTimed ? new HostListener() : null), scenario.Expected, "the run after");
    }

    private static void AssertIsOfHost(NetworkProfile profile)
    {
        Assert.That(profile.Layers.Select(layer => layer.Milliseconds), Is.All.Not.Negative);
        Assert.That(profile.Layers.Skip(1).SkipLast(1).Select(layer => layer.Milliseconds), Is.All.Positive);
        Assert.That(profile.BusyMilliseconds, Is.LessThanOrEqualTo(profile.WallMilliseconds));
        Assert.That(profile.SumMilliseconds, Is.EqualTo(profile.BusyMilliseconds).Within(1e-6), "one after the other");
    }

    private static (NetworkProfile Profile, StreamProfile Stream) Profile(FaultyClApi api)
    {
        using var scenario = new SessionScenario();
        using InferenceSession session = scenario.Compile(SessionScenario.FirstDevice(api, Sharing.Separate));
        float[] images = TestData.Reals(SessionScenario.BatchSize * (int)session.InputShape.Count, 3);
        NetworkProfile profile = session.Profile(images, new ProfileOptions { Batches = 3, UsesPeaks = false });
        return (profile, session.ProfileStream(images));
    }

    private sealed class HostListener : IPhaseListener
    {
        public bool TimesOnHost => true;

        public void OnPhase(in PhaseSpan span, ReadOnlySpan<ThreadSpan> threads)
        {
        }
    }
}
