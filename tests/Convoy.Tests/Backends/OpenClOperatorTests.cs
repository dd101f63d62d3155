using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.Backends;

/// <summary>
/// The OpenCL backend on every device there is: with its own defaults, and with a GPU's (tiles
/// shared in local memory, batches transferred), which must run anywhere. Winograd's algorithm, whose errors are larger, has
/// tests of its own (<see cref="OpenClWinogradTests"/>).
/// </summary>
[TestFixtureSource(nameof(Variants))]
public sealed class OpenClOperatorTests(int index, string device, bool asGpu) : OperatorTests
{
    private const string NoDevice = "no OpenCL device";

    private static IEnumerable<TestFixtureData> Variants
    {
        get
        {
            // By number: several devices may have one name, which is there for people.
            IReadOnlyList<ClDevice> devices = ClEnvironment.Inspect().Devices;
            return devices.Count == 0
                ? [new TestFixtureData(0, NoDevice, false)]
                : devices.SelectMany((each, number) =>
                    new[] { new TestFixtureData(number, each.Name, false), new TestFixtureData(number, each.Name, true) });
        }
    }

    private protected override IBackend CreateBackend()
    {
        if (device == NoDevice)
        {
            Assert.Ignore(TestDevices.NoOpenCl);
        }

        ClDevice found = ClEnvironment.Inspect().Devices[index];
        DeviceTraits traits = DeviceTraits.Of(found);
        return new OpenClBackend(
            found,
            asGpu ? traits with { IsCpu = false, VectorWidth = 4, SharesHostMemory = false } : traits,
            convolutions: ConvolutionAlgorithm.Direct);
    }
}
