using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Diagnostics;
using Silk.NET.OpenCL;
using DeviceType = Silk.NET.OpenCL.DeviceType;

namespace Convoy.Tests.OpenCL;

/// <summary>What a device says of itself: what refuses it, what does not, and which of several is preferred.</summary>
public sealed class DeviceFitnessTests : OpenClFixture
{
    [Test]
    public void A_device_that_says_it_cannot_be_used_is_refused_before_any_kernel()
    {
        (FaultyClApi Api, string Reason)[] unfit =
        [
            (new(Api) { Facts = new Dictionary<DeviceInfo, ulong> { [DeviceInfo.Available] = 0 } }, "is not available"),
            (new(Api) { Facts = new Dictionary<DeviceInfo, ulong> { [DeviceInfo.CompilerAvailable] = 0 } }, "without a compiler"),
            (Telling(DeviceInfo.Profile, "EMBEDDED_PROFILE"), "profile 'EMBEDDED_PROFILE'"),
            (Telling(DeviceInfo.Version, "OpenCL 1.1 Mesa"), "'OpenCL 1.1 Mesa', and Convoy takes OpenCL 1.2"),
            (Telling(DeviceInfo.Version, "OpenGL 4.6"), "'OpenGL 4.6', and Convoy takes OpenCL 1.2"),
        ];
        foreach ((FaultyClApi api, string reason) in unfit)
        {
            ClDevice device = FirstOf(api);
            Assert.That(device.Unfitness, Does.StartWith($"The device '{device.Name}' ").And.Contains(reason).And.EndsWith("."));
            List<DiagnosisProgress> told = [];
            var diagnosis = OpenClDiagnosis.Of(ClEnvironment.Inspect(ClLoader.Shared, api, ClVendors.Find(_ => null)), new DiagnosisTeller(told.Add));
            Assert.That(diagnosis.Situation, Is.EqualTo(OpenClSituation.NoWorkingDevice));
            Assert.That(diagnosis.Platforms.SelectMany(platform => platform.Devices).Select(each => each.Kernel), Is.All.EqualTo(KernelOutcome.NotTried));
            Assert.That((told[0].Part, told[^1].Failures), Is.EqualTo(("opencl:0", diagnosis.Platforms.Sum(platform => platform.Devices.Length))));
            Assert.That(api.Calls, Has.None.EqualTo(nameof(ClApi.CreateContext)));
        }
    }

    [TestCase("OpenCL 1.2")]
    [TestCase("OpenCL 2.0 AMD-APP (3581.0)")]
    [TestCase("OpenCL 3.0 CUDA")]
    public void Versions_that_suffice_do_not_refuse_it(string version) => Assert.That(FirstOf(Telling(DeviceInfo.Version, version)).Unfitness, Is.Null);

    [Test]
    public void A_deprecated_question_may_be_refused()
    {
#pragma warning disable CS0618 // It is the deprecated one.
        ClDevice device = FirstOf(new FaultyClApi(Api) { Refused = new HashSet<DeviceInfo> { DeviceInfo.HostUnifiedMemory } });
#pragma warning restore CS0618
        Assert.That((device.Unfitness, device.UnifiedMemory), Is.EqualTo(((string?)null, false)));
    }

    [Test]
    public void A_device_that_does_not_answer_is_named_and_does_not_take_its_neighbour_along()
    {
        bool hasFailed = false;
        var api = new FaultyClApi(Api)
        {
            HasTwins = true,
            Fails = (_, name) => name == nameof(ClApi.GetDeviceInfo) && !hasFailed && (hasFailed = true),
        };
        ClEnvironment environment = ClEnvironment.Inspect(ClLoader.Shared, api, ClVendors.Find(_ => null));
        Assert.That(environment.Platforms[0].Devices, Has.Count.EqualTo(1));
        Assert.That(environment.Problems, Has.One.Contains($"device 0 of '{environment.Platforms[0].Name}'"));
    }

    [Test]
    public void Hardware_is_preferred_to_what_simulates_it_and_that_to_what_cannot_be_used()
    {
        ulong gpu = (ulong)DeviceType.Gpu;
        OpenClDevice hardware = new(FirstOf(Typed(gpu, "A graphics card")));
        OpenClDevice other = new(FirstOf(Typed((ulong)DeviceType.Cpu, "A processor")));
        OpenClDevice[] simulators = [.. new[] { "Oclgrind Simulator", "llvmpipe (LLVM 15.0.6, 256 bits)" }.Select(name => new OpenClDevice(FirstOf(Typed(gpu, name))))];
        OpenClDevice unfit = new(FirstOf(new FaultyClApi(Api) { Facts = new Dictionary<DeviceInfo, ulong> { [DeviceInfo.Type] = gpu, [DeviceInfo.Available] = 0 } }));
        Assert.That(hardware.IsGpu);
        Assert.That(simulators.Select(each => each.IsGpu), Is.All.False);
        Assert.That(new[] { unfit, simulators[0], other, hardware, simulators[1] }.OrderBy(each => each.Rank), Is.EqualTo(new[] { hardware, other, simulators[0], simulators[1], unfit }));
    }

    [Test]
    public void A_device_that_cannot_be_opened_is_told_and_nothing_is_left_of_it([Values(nameof(ClApi.CreateContext), nameof(ClApi.CreateCommandQueue))] string call)
    {
        bool fails = true;
        var api = new FaultyClApi(Api) { Fails = (_, name) => fails && name == call, Fault = ClStatus.OutOfHostMemory };
        var device = new OpenClDevice(FirstOf(api));
        Assert.That(device.FindProblem(), Does.StartWith("OpenCL could not create a ").And.Contains("CL_OUT_OF_HOST_MEMORY (-6)").And.EndsWith("."));
        Assert.That(api.LiveHandles, Is.Empty);
        fails = false;
        Assert.That(device.FindProblem(), Is.Null);
        int opened = api.Calls.Count(name => name == nameof(ClApi.CreateContext));
        device.CreateBackend(OpenClOptions.Default).Dispose();
        Assert.That(api.Calls.Count(name => name == nameof(ClApi.CreateContext)), Is.EqualTo(opened), "what was opened serves the first session");
        Assert.That(api.LiveHandles, Is.Empty);
    }

    [Test]
    public void A_device_that_builds_no_kernel_is_told()
    {
        var api = new FaultyClApi(Api) { Fails = (_, name) => name == nameof(ClApi.BuildProgram), Fault = ClStatus.BuildProgramFailure };
        Assert.That(new OpenClDevice(FirstOf(api)).FindBuildProblem(), Does.StartWith("OpenCL could not build a kernel file").And.Not.Contains("\n"));
        Assert.That(api.LiveHandles, Is.Empty);
        Assert.That(new OpenClDevice(FirstOf(new FaultyClApi(Api))).FindBuildProblem(), Is.Null);
    }

    private static ClDevice FirstOf(FaultyClApi api) => ClPlatform.All(api)[0].Devices[0];

    private FaultyClApi Telling(DeviceInfo name, string words) => new(Api) { Words = new Dictionary<DeviceInfo, string> { [name] = words } };

    private FaultyClApi Typed(ulong type, string name) => new(Api)
    {
        Facts = new Dictionary<DeviceInfo, ulong> { [DeviceInfo.Type] = type },
        Words = new Dictionary<DeviceInfo, string> { [DeviceInfo.Name] = name },
    };
}
