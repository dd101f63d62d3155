using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>The way out builds what it takes and nothing else.</summary>
public sealed class ExitTests : OpenClFixture
{
    [TestCase(10, 1, 1, true, 0)]
    [TestCase(1, 5, 4, true, 0)]
    [TestCase(3, 5, 4, false, 0)]
    [TestCase(3, 5, 4, true, 1)]
    public void A_kernel_is_built_only_where_the_layout_changes(int channels, int height, int width, bool isChannelsLast, int kernels)
    {
        var api = new FaultyClApi(Api);
        using (var backend = new OpenClBackend(ClPlatform.All(api)[0].Devices[0]))
        {
            using IBatchExit exit = backend.PrepareExit(Shape.Image(channels, height, width), isChannelsLast ? Layout.Nhwc : Layout.Nchw, 2);
            Assert.That(api.Calls.Count(call => call == nameof(ClApi.BuildProgram)), Is.EqualTo(kernels));
            Assert.That(api.Calls.Count(call => call == nameof(ClApi.CreateKernel)), Is.EqualTo(kernels));
        }

        Assert.That(api.LiveHandles, Is.Empty);
    }
}
