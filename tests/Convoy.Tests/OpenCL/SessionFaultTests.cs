using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>
/// Whichever call of a whole inference fails: one clear error comes out, nothing hangs, no handle stays behind, and neither
/// the session nor the next one is harmed. A listener has every command timed; a cache has programs read and written.
/// </summary>
[TestFixture(Sharing.InPlace, Programs.FromSource, false, ConvolutionAlgorithm.Auto)]
[TestFixture(Sharing.InPlace, Programs.FromCache, true, ConvolutionAlgorithm.Auto)]
[TestFixture(Sharing.Mapped, Programs.FromSource, false, ConvolutionAlgorithm.Auto)]
[TestFixture(Sharing.Separate, Programs.FromSource, false, ConvolutionAlgorithm.Auto)]
[TestFixture(Sharing.Separate, Programs.IntoCache, true, ConvolutionAlgorithm.Auto)]
[TestFixture(Sharing.InPlace, Programs.FromSource, true, ConvolutionAlgorithm.Winograd)]
[TestFixture(Sharing.Separate, Programs.FromSource, false, ConvolutionAlgorithm.Winograd)]
public sealed class SessionFaultTests(
    Sharing sharing, SessionFaultTests.Programs programs, bool isListenedTo, ConvolutionAlgorithm algorithm) : OpenClFixture
{
    // No timing is tested: a life takes milliseconds, and what takes this long hangs.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly ClStatus[] AnywhereFaults = [ClStatus.OutOfHostMemory, ClStatus.OutOfResources, ClStatus.DeviceNotAvailable];
    private SessionScenario _scenario = null!;
    private SharedBuilds _builds = null!;
    private TemporaryFolder? _warmCache;

    /// <summary>Where programs come from.</summary>
    public enum Programs
    {
        /// <summary>They are compiled; there is no cache.</summary>
        FromSource,

        /// <summary>They are compiled and put into a cache.</summary>
        IntoCache,

        /// <summary>They have been put there before.</summary>
        FromCache,
    }

    [OneTimeSetUp]
    public void CreateScenario()
    {
        _scenario = new SessionScenario();
        _builds = new SharedBuilds(Api);
        _warmCache = programs == Programs.FromCache ? new TemporaryFolder() : null;
        Live(new FaultyClApi(Api) { Shared = _builds }, keepsOn: false);
    }

    [OneTimeTearDown]
    public void CloseScenario()
    {
        _warmCache?.Dispose();
        _scenario?.Dispose();
        _builds?.Dispose();
    }

    [Test]
    public void A_fault_at_any_call_gives_one_clear_error_and_harms_nothing_else()
    {
        IReadOnlyList<string> calls = SoundCalls(out int firstOfDisposal);
        int halved = 0;
        for (int n = 1; n <= calls.Count; n++)
        {
            string call = calls[n - 1];
            string what = $"call {n} of {calls.Count}, {call}";
            int at = n;
            var api = new FaultyClApi(Api) { Shared = _builds, Fault = FaultOf(call, n), Fails = (number, _) => number == at };
            Life life = default;
            WithoutHanging(() => life = Live(api, keepsOn: true), what);

            // Letting go never throws: what the driver refuses then is counted. A cache that fails is done without, and a batch
            // there is no memory for is halved.
            bool isLettingGo = n > firstOfDisposal || call.StartsWith("Release", StringComparison.Ordinal);
            bool isHalved = life is { Error: null, BatchSize: < SessionScenario.BatchSize } && api.Fault.IsOutOfMemory();
            halved += isHalved ? 1 : 0;
            Assert.That(life.Error, isLettingGo || isHalved || IsOfCache(call) ? Is.Null : Is.Not.Null, what);
            Assert.That(api.FailedReleases, Is.EqualTo(isLettingGo ? 1 : 0), what);
            if (life.Error is not null)
            {
                ClException failure = (life.Error as ClException ?? life.Error.InnerException as ClException)!;
                Assert.That(failure?.Status, Is.EqualTo(api.Fault), what);
                Assert.That(
                    life.Error.Message,
                    Does.StartWith("OpenCL could not ").Or.Contains("has no memory left").And.Contains($"{api.Fault.HeaderName()} ({(int)api.Fault})"), what);
            }

            // What the driver does not unmap while things are let go cannot be unmapped by anybody.
            bool isUnmap = call == nameof(ClApi.EnqueueUnmapMemObject) && isLettingGo;
            AssertNothingIsLeft(api, what, isUnmap ? 1 : 0);
        }

        Assert.That(halved, Is.Positive, "memory that depends on the batch");
    }

    [Test]
    public void A_device_lost_for_good_still_lets_everything_be_disposed()
    {
        IReadOnlyList<string> calls = SoundCalls(out int firstOfDisposal);
        for (int n = 1; n <= firstOfDisposal; n++)
        {
            string what = $"lost from call {n} of {calls.Count} on, {calls[n - 1]}";
            int from = n;
            var api = new FaultyClApi(Api) { Shared = _builds, Fault = ClStatus.DeviceNotAvailable, Fails = (number, _) => number >= from };
            Life life = default;
            WithoutHanging(() => life = Live(api, keepsOn: false), what);
            if (calls.Take(firstOfDisposal).Skip(n - 1).Any(call => !call.StartsWith("Release", StringComparison.Ordinal)))
            {
                Assert.That(life.Error, Is.InstanceOf<ClException>().With.Property(nameof(ClException.Status)).EqualTo(ClStatus.DeviceNotAvailable), what);
            }

            // A lost device unmaps nothing.
            AssertNothingIsLeft(api, what, api.ReleasedWhileMapped);
        }

        // The driver itself is as it was.
        Assert.That(Live(new FaultyClApi(Api), keepsOn: false).Error, Is.Null);
    }

    [Test]
    public void A_command_whose_state_cannot_be_asked_for_has_failed()
    {
        var api = new FaultyClApi(Api) { Shared = _builds, FailsPolls = true, Fault = ClStatus.OutOfResources };
        Life life = Live(api, keepsOn: false);
        Assert.That(life.Error, sharing == Sharing.Separate ? Is.Null : Has.Message.Contains("ask how far a command is"));
        AssertNothingIsLeft(api, "polls", 0);
    }

    [Test]
    public void The_first_error_is_told_and_not_what_failed_because_of_it()
    {
        bool hasStruck = false;
        var api = new FaultyClApi(Api)
        {
            Fault = ClStatus.OutOfResources,
            Fails = (_, name) => (hasStruck |= name == nameof(ClApi.EnqueueNdRangeKernel)) && name is nameof(ClApi.EnqueueNdRangeKernel) or nameof(ClApi.Finish),
        };
        Assert.That(Live(api, keepsOn: false).Error, Has.Message.Contains("enqueue a kernel"));
    }

    private static ClStatus FaultOf(string call, int number) => call switch
    {
        nameof(ClApi.CreateBuffer) => ClStatus.MemObjectAllocationFailure,
        nameof(ClApi.BuildProgram) => ClStatus.BuildProgramFailure,
        _ => AnywhereFaults[number % AnywhereFaults.Length],
    };

    /// <summary>True for calls whose failure makes the cache useless and nothing else.</summary>
    private bool IsOfCache(string call) => programs switch
    {
        Programs.IntoCache => call == nameof(ClApi.GetProgramInfo),
        Programs.FromCache => call is nameof(ClApi.CreateProgramWithBinary) or nameof(ClApi.BuildProgram),
        _ => false,
    };

    /// <summary>The calls of a life without faults, and the number of those before it is disposed of.</summary>
    private IReadOnlyList<string> SoundCalls(out int beforeDisposal)
    {
        var api = new FaultyClApi(Api) { Shared = _builds };
        int before = 0;
        Assert.That(Live(api, keepsOn: false, () => before = api.Calls.Count).Error, Is.Null);
        AssertNothingIsLeft(api, "without faults", 0);
        Assert.That(api.Calls.Contains(nameof(ClApi.CreateProgramWithBinary)), Is.EqualTo(programs == Programs.FromCache));
        Assert.That(api.Calls.Contains(nameof(ClApi.GetProgramInfo)), Is.EqualTo(programs == Programs.IntoCache));
        Assert.That(api.Calls.Contains(nameof(ClApi.GetEventProfilingInfo)), Is.EqualTo(isListenedTo));
        beforeDisposal = before;
        return api.Calls;
    }

    /// <summary>Compiles, runs and disposes. A session that failed runs again, if asked to.</summary>
    private Life Live(FaultyClApi api, bool keepsOn, Action? onDisposal = null)
    {
        using TemporaryFolder? coldCache = programs == Programs.IntoCache ? new TemporaryFolder() : null;

        // What builds share is no real binary, and none for the driver itself.
        ProgramCache? cache = api.Shared is not null && (_warmCache ?? coldCache) is { } folder
            ? new ProgramCache(folder.Root, serves: _ => true)
            : null;
        Device device = SessionScenario.FirstDevice(api, sharing, cache);
        int batchSize = 0;
        try
        {
            using InferenceSession session = _scenario.Compile(device, algorithm: algorithm);
            batchSize = session.BatchSize;
            try
            {
                Run(session, "scores");
            }
            catch (ConvoyException) when (keepsOn)
            {
                Run(session, "scores after a run that failed");
                throw;
            }

            onDisposal?.Invoke();
        }
        catch (ConvoyException e)
        {
            return new Life(e, batchSize);
        }
        finally
        {
            Assert.That((device.Memory!.LiveBytes, device.Memory.PooledBytes), Is.EqualTo((0L, 0L)));
        }

        return new Life(null, batchSize);
    }

    private void Run(InferenceSession session, string what) =>
        Agreement.AssertClose(_scenario.Run(session, isListenedTo ? new Listener() : null), _scenario.Expected, what);

    private static void AssertNothingIsLeft(FaultyClApi api, string what, int releasedWhileMapped)
    {
        Assert.That(api.LiveHandles, Is.Empty, what);
        Assert.That(api.LiveObjects, Is.Zero, what);
        Assert.That(api.WrongReleases, Is.Zero, what);
        Assert.That((api.LiveMappings, api.ReleasedWhileMapped, api.WrongUnmaps), Is.EqualTo((0, releasedWhileMapped, 0)), what);
    }

    private static void WithoutHanging(Action action, string what)
    {
        var life = Task.Run(action);
        Assert.That(((IAsyncResult)life).AsyncWaitHandle.WaitOne(Patience), $"{what}: it hangs");
        life.GetAwaiter().GetResult();
    }

    /// <summary>What became of a session: its error, where one came out, and how large its batches were.</summary>
    private readonly record struct Life(ConvoyException? Error, int BatchSize);

    private sealed class Listener : IPhaseListener
    {
        public void OnPhase(in PhaseSpan span, ReadOnlySpan<ThreadSpan> threads)
        {
        }
    }
}
