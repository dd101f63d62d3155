using Convoy.Backends;
using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.Backends;

/// <summary>
/// The OpenCL backend on every device there is: with its own defaults, and with a GPU's (tiles
/// shared in local memory, batches transferred), which must run anywhere.
/// </summary>
[TestFixtureSource(nameof(Variants))]
public sealed class OpenClOperatorTests(string device, bool asGpu) : OperatorTests
{
    private const string NoDevice = "no OpenCL device";

    private static IEnumerable<TestFixtureData> Variants
    {
        get
        {
            IReadOnlyList<ClDevice> devices = ClEnvironment.Inspect().Devices;
            return devices.Count == 0
                ? [new TestFixtureData(NoDevice, false)]
                : devices.SelectMany(each => new[] { new TestFixtureData(each.Name, false), new TestFixtureData(each.Name, true) });
        }
    }

    // PoCL compiles each kernel anew for each size of work-group it picks, and with a GPU's pieces there are many sizes.
    private protected override int RandomCount => asGpu ? 30 : base.RandomCount;

    private protected override IBackend CreateBackend()
    {
        if (device == NoDevice)
        {
            Assert.Ignore("Skipped: there is no OpenCL device on this machine.");
        }

        ClDevice found = ClEnvironment.Inspect().Devices.First(each => each.Name == device);
        DeviceTraits traits = DeviceTraits.Of(found);
        return new OpenClBackend(found, asGpu ? traits with { IsCpu = false, VectorWidth = 4, SharesHostMemory = false } : traits);
    }
}
