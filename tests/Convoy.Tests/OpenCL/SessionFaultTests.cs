using Convoy.Backends.OpenCL.Interop;
using Convoy.Runtime;
using Convoy.Tests.Support;

namespace Convoy.Tests.OpenCL;

/// <summary>
/// Whichever call of a whole inference fails: one clear error comes out, nothing hangs, no handle stays behind, and neither
/// the session nor the next one is harmed.
/// </summary>
[TestFixture(true)]
[TestFixture(false)]
public sealed class SessionFaultTests(bool sharesMemory) : OpenClFixture
{
    // No timing is tested: a life takes milliseconds, and what takes this long hangs.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly ClStatus[] AnywhereFaults = [ClStatus.OutOfHostMemory, ClStatus.OutOfResources, ClStatus.DeviceNotAvailable];
    private SessionScenario _scenario = null!;
    private SharedBuilds _builds = null!;

    [OneTimeSetUp]
    public void CreateScenario()
    {
        _scenario = new SessionScenario();
        _builds = new SharedBuilds(Api);
    }

    [OneTimeTearDown]
    public void CloseScenario()
    {
        _scenario?.Dispose();
        _builds?.Dispose();
    }

    [Test]
    public void A_fault_at_any_call_gives_one_clear_error_and_harms_nothing_else()
    {
        IReadOnlyList<string> calls = SoundCalls(out int firstOfDisposal);
        for (int n = 1; n <= calls.Count; n++)
        {
            string what = $"call {n} of {calls.Count}, {calls[n - 1]}";
            int at = n;
            var api = new FaultyClApi(Api) { Shared = _builds, Fault = FaultOf(calls[n - 1], n), Fails = (number, _) => number == at };
            ConvoyException? error = null;
            WithoutHanging(() => error = Live(api, keepsOn: true), what);

            // Letting go never throws: what the driver refuses then is counted.
            bool isLettingGo = n > firstOfDisposal || calls[n - 1].StartsWith("Release", StringComparison.Ordinal);
            Assert.That(error, isLettingGo ? Is.Null : Is.InstanceOf<ClException>(), what);
            Assert.That(api.FailedReleases, Is.EqualTo(isLettingGo ? 1 : 0), what);
            if (error is ClException failure)
            {
                Assert.That(failure.Status, Is.EqualTo(api.Fault), what);
                Assert.That(
                    failure.Message,
                    Does.StartWith("OpenCL could not ").And.Contains($"{api.Fault.HeaderName()} ({(int)api.Fault})"), what);
            }

            AssertNothingIsLeft(api, what);
        }
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
            ConvoyException? error = null;
            WithoutHanging(() => error = Live(api, keepsOn: false), what);
            Assert.That(error, Is.InstanceOf<ClException>().With.Property(nameof(ClException.Status)).EqualTo(ClStatus.DeviceNotAvailable), what);
            AssertNothingIsLeft(api, what);
        }

        // The driver itself is as it was.
        Assert.That(Live(new FaultyClApi(Api), keepsOn: false), Is.Null);
    }

    [Test]
    public void The_first_error_is_told_and_not_what_failed_because_of_it()
    {
        var api = new FaultyClApi(Api)
        {
            Fault = ClStatus.OutOfResources,
            Fails = (_, name) => name is nameof(ClApi.EnqueueNdRangeKernel) or nameof(ClApi.Finish),
        };
        Assert.That(Live(api, keepsOn: false), Has.Message.Contains("enqueue a kernel"));
    }

    private static ClStatus FaultOf(string call, int number) => call switch
    {
        nameof(ClApi.CreateBuffer) => ClStatus.MemObjectAllocationFailure,
        nameof(ClApi.BuildProgram) => ClStatus.BuildProgramFailure,
        _ => AnywhereFaults[number % AnywhereFaults.Length],
    };

    /// <summary>The calls of a life without faults, and the number of those before it is disposed of.</summary>
    private IReadOnlyList<string> SoundCalls(out int beforeDisposal)
    {
        var api = new FaultyClApi(Api);
        InferenceSession session = _scenario.Compile(SessionScenario.FirstDevice(api, sharesMemory));
        Agreement.AssertClose(_scenario.Run(session), _scenario.Expected, "without faults");
        beforeDisposal = api.Calls.Count;
        session.Dispose();
        AssertNothingIsLeft(api, "without faults");
        return api.Calls;
    }

    /// <summary>Compiles, runs and disposes; the error where one came out. A session that failed runs again, if asked to.</summary>
    private ConvoyException? Live(FaultyClApi api, bool keepsOn)
    {
        Device device = SessionScenario.FirstDevice(api, sharesMemory);
        try
        {
            using InferenceSession session = _scenario.Compile(device);
            try
            {
                Agreement.AssertClose(_scenario.Run(session), _scenario.Expected, "scores");
            }
            catch (ConvoyException) when (keepsOn)
            {
                Agreement.AssertClose(_scenario.Run(session), _scenario.Expected, "scores after a run that failed");
                throw;
            }

            return null;
        }
        catch (ConvoyException e)
        {
            return e;
        }
    }

    private static void AssertNothingIsLeft(FaultyClApi api, string what)
    {
        Assert.That(api.LiveHandles, Is.Empty, what);
        Assert.That(api.LiveObjects, Is.Zero, what);
        Assert.That(api.WrongReleases, Is.Zero, what);
        Assert.That((api.Memory.LiveBuffers, api.Memory.LiveBytes), Is.EqualTo((0L, 0L)), what);
    }

    private static void WithoutHanging(Action action, string what)
    {
        var life = Task.Run(action);
        Assert.That(((IAsyncResult)life).AsyncWaitHandle.WaitOne(Patience), $"{what}: it hangs");
        life.GetAwaiter().GetResult();
    }
}
