using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>A network on each GPU; without one, the run says so.</summary>
public sealed class GpuTests : OpenClFixture
{
    [Test]
    public void Every_GPU_gives_the_oracles_answers()
    {
        ClDevice[] gpus = [.. Devices.Where(device => device.Type == ClDeviceType.Gpu)];
        if (gpus.Length == 0)
        {
            Assert.Ignore($"Skipped: no GPU: the OpenCL devices here are {string.Join(", ", Devices)}; a GPU's kernels were run on those.");
        }

        using var scenario = new SessionScenario();
        foreach (ClDevice gpu in gpus)
        {
            using InferenceSession session = scenario.Compile(SessionScenario.DeviceOf(gpu));
            Agreement.AssertClose(scenario.Run(session), scenario.Expected, gpu.Name);
        }
    }
}
