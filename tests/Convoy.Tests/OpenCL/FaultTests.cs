using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>Whichever call fails, one clear error comes out and no handle stays behind.</summary>
public sealed class FaultTests : OpenClFixture
{
    [TestCase("OutOfHostMemory")]
    [TestCase("DeviceNotAvailable")]
    [TestCase("OutOfResources")]
    [TestCase("MemObjectAllocationFailure")]
    public void A_fault_at_any_call_gives_one_clear_error_and_leaks_nothing(string name)
    {
        ClStatus fault = Enum.Parse<ClStatus>(name);
        var sound = new FaultyClApi(Api);
        ProbeScenario.Run(sound);
        Assert.That(sound.LiveHandles, Is.Empty);
        Assert.That(sound.Calls, Has.Count.GreaterThan(60));

        int firstOfDisposal = sound.Calls.TakeWhile(called => !called.StartsWith("Release", StringComparison.Ordinal)).Count() + 1;
        for (int n = 1; n <= sound.Calls.Count; n++)
        {
            string call = $"call {n}, {sound.Calls[n - 1]}";
            int at = n;
            var api = new FaultyClApi(Api) { Fault = fault, Fails = (number, _) => number == at };
            ConvoyException? error = ErrorOf(() => ProbeScenario.Run(api));
            if (n >= firstOfDisposal)
            {
                Assert.That(error, Is.Null, call);
                Assert.That(api.FailedReleases, Is.EqualTo(1), call);
            }
            else
            {
                Assert.That(error, Is.InstanceOf<ClException>(), call);
                Assert.That(((ClException)error!).Status, Is.EqualTo(fault), call);
                Assert.That(error.Message, Does.StartWith("OpenCL could not ").And.Contains(fault.HeaderName()).And.Contains($"({(int)fault})"), call);
                Assert.That(api.FailedReleases, Is.Zero, call);
            }

            Assert.That(api.LiveHandles, Is.Empty, call);
            Assert.That(api.LiveObjects, Is.Zero, call);
            Assert.That(api.WrongReleases, Is.Zero, call);
        }
    }

    [Test]
    public void A_device_lost_for_good_still_lets_everything_be_disposed()
    {
        for (int n = 1; n < 200; n++)
        {
            int from = n;
            var api = new FaultyClApi(Api) { Fault = ClStatus.DeviceNotAvailable, Fails = (number, _) => number >= from };
            ConvoyException? error = ErrorOf(() => ProbeScenario.Run(api));
            Assert.That(api.LiveHandles, Is.Empty, $"lost from call {n}");
            if (error is null)
            {
                return;
            }
        }

        Assert.Fail("The scenario never ran to its end.");
    }

    [Test]
    public void A_driver_that_fails_is_left_out_where_somebody_listens()
    {
        var api = new FaultyClApi(Api) { Fails = (_, name) => name == nameof(ClApi.GetDeviceInfo) };
        var failures = new List<ClException>();
        IReadOnlyList<ClPlatform> platforms = ClPlatform.All(api, failures.Add);
        Assert.That(platforms.SelectMany(platform => platform.Devices), Is.Empty);
        Assert.That(failures, Is.Not.Empty);
    }

    private static ConvoyException? ErrorOf(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (ConvoyException e)
        {
            return e;
        }
    }
}
