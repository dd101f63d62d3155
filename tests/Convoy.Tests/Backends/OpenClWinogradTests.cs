using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.Backends;

/// <summary>Each number of points through OpenCL, with a core's tiles and a GPU's, on every device.</summary>
[TestFixtureSource(nameof(Variants))]
public sealed class OpenClWinogradTests(int index, string device, ConvolutionAlgorithm algorithm, bool asGpu) : WinogradTests((int)algorithm)
{
    private const string NoDevice = "no OpenCL device";

    private OpenClBackend _backend = null!;

    // Nearly every random case is a kernel of its own, and takes a second to build.
    protected override int RandomCount => 6;

    // By number: several devices may have one name, which is there for people.
    private static IEnumerable<TestFixtureData> Variants =>
        from device in ClEnvironment.Inspect().Devices.Select((device, index) => (index, device.Name)).DefaultIfEmpty((index: 0, Name: NoDevice))
        from algorithm in Enum.GetValues<ConvolutionAlgorithm>()
        where algorithm >= ConvolutionAlgorithm.Winograd4
        from asGpu in new[] { false, true }
        select new TestFixtureData(device.index, device.Name, algorithm, asGpu);

    [OneTimeSetUp]
    public void OpenBackend()
    {
        if (device == NoDevice)
        {
            Assert.Ignore(TestDevices.NoOpenCl);
        }

        ClDevice found = ClEnvironment.Inspect().Devices[index];
        DeviceTraits traits = DeviceTraits.Of(found);
        _backend = new OpenClBackend(
            found,
            asGpu ? traits with { IsCpu = false, VectorWidth = 4, SharesHostMemory = false } : traits,
            convolutions: algorithm);
    }

    [OneTimeTearDown]
    public void CloseBackend() => _backend?.Dispose();

    private protected override IEnumerable<IBackend> BackendsFor(Convolution2D layer) => [_backend];

    protected override bool HasName(string algorithm, bool applies) => applies
        ? algorithm.StartsWith($"winograd-{Points} ", StringComparison.Ordinal)
        : algorithm.StartsWith("implicit gemm ", StringComparison.Ordinal) || algorithm.StartsWith("direct ", StringComparison.Ordinal);
}
