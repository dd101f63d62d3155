using Convoy.Backends.OpenCL.Interop;
using Convoy.Diagnostics;
using Convoy.Tests.OpenCL;

namespace Convoy.Tests.Diagnostics;

/// <summary>The diagnosis of machines that are not this one: the driver's answers are replaced underneath.</summary>
public sealed class DiagnosisTests : OpenClFixture
{
    [Test]
    public void A_driver_that_sees_no_device_is_told_apart()
    {
        OpenClDiagnosis diagnosis = Diagnose(nameof(ClApi.GetDeviceIds), ClStatus.DeviceNotFound);
        Assert.That(diagnosis.Situation, Is.EqualTo(OpenClSituation.NoDevice));
        Assert.That(diagnosis.Sentence, Does.Contain("it sees no device").And.Contains(Devices[0].Platform.Name));
        Assert.That(diagnosis.Remedies.Select(remedy => remedy.Action), Has.Some.Contains("usermod"));
    }

    [Test]
    public void A_driver_that_fails_to_answer_is_told_with_its_failure()
    {
        OpenClDiagnosis diagnosis = Diagnose(nameof(ClApi.GetPlatformInfo), ClStatus.OutOfHostMemory);
        Assert.That(diagnosis.Situation, Is.EqualTo(OpenClSituation.NoDriver));
        Assert.That(diagnosis.Sentence, Does.Contain("fails to answer").And.Contains("CL_OUT_OF_HOST_MEMORY"));
    }

    [TestCase(nameof(ClApi.CreateContext), "DeviceNotAvailable", KernelOutcome.NotBuilt, "cannot build a kernel (CL_DEVICE_NOT_AVAILABLE)")]
    [TestCase(nameof(ClApi.BuildProgram), "BuildProgramFailure", KernelOutcome.NotBuilt, "cannot build a kernel (CL_BUILD_PROGRAM_FAILURE: ")]
    [TestCase(nameof(ClApi.BuildProgram), "CompilerNotAvailable", KernelOutcome.NotBuilt, "no OpenCL C compiler")]
    [TestCase(nameof(ClApi.CreateBuffer), "MemObjectAllocationFailure", KernelOutcome.NotRun, "cannot run a kernel (CL_MEM_OBJECT_ALLOCATION_FAILURE)")]
    [TestCase(nameof(ClApi.EnqueueNdRangeKernel), "InvalidKernelArgs", KernelOutcome.NotRun, "CL_INVALID_KERNEL_ARGS); update or reinstall its driver")]
    public void A_device_that_fails_is_told_with_how_far_it_got(string call, string fault, KernelOutcome outcome, string complaint)
    {
        OpenClDiagnosis diagnosis = Diagnose(call, Enum.Parse<ClStatus>(fault));
        Assert.That(diagnosis.Situation, Is.EqualTo(OpenClSituation.NoWorkingDevice));
        foreach (OpenClDeviceDiagnosis device in diagnosis.Platforms.SelectMany(platform => platform.Devices))
        {
            Assert.That(device.Kernel, Is.EqualTo(outcome));
            Assert.That(device.Problem, Does.StartWith($"The device '{device.Name}' ").And.Contains(complaint).And.Not.Contains("\n").And.EndsWith("."));
        }

        Assert.That(diagnosis.Sentence, Does.Contain(complaint));
    }

    [TestCase("ID=debian", "Debian")]
    [TestCase("NAME=\"Linux Mint\"|ID=linuxmint|ID_LIKE=\"ubuntu debian\"", "Debian")]
    [TestCase("ID=\"rocky\"|ID_LIKE=\"rhel centos fedora\"", "Fedora")]
    [TestCase("ID=alpine", "Alpine")]
    [TestCase("ID=arch", "Other")]
    [TestCase("", "Other")]
    public void Distributions_are_told_apart_by_their_release_file(string lines, string system) =>
        Assert.That(HostSystems.OfRelease(lines.Split('|')).ToString(), Is.EqualTo(system));

    private OpenClDiagnosis Diagnose(string failingCall, ClStatus fault)
    {
        var api = new FaultyClApi(Api) { Fault = fault, Fails = (_, name) => name == failingCall };
        var diagnosis = OpenClDiagnosis.Of(ClEnvironment.Inspect(ClLoader.Shared, api, ClVendors.Find(Environment.GetEnvironmentVariable)), new DiagnosisTeller(null));
        Assert.That(api.LiveObjects, Is.Zero);
        return diagnosis;
    }
}
