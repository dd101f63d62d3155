using Convoy.Backends;
using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Layers;

namespace Convoy.Tests.Backends;

/// <summary>Each number of points through OpenCL, with a core's tiles and a GPU's, on the first device.</summary>
[TestFixtureSource(nameof(Variants))]
public sealed class OpenClWinogradTests(ConvolutionAlgorithm algorithm, bool asGpu) : WinogradTests((int)algorithm)
{
    private OpenClBackend _backend = null!;

    // Nearly every random case is a kernel of its own, and takes a second to build.
    protected override int RandomCount => 6;

    private static IEnumerable<TestFixtureData> Variants =>
        from algorithm in Enum.GetValues<ConvolutionAlgorithm>()
        where algorithm >= ConvolutionAlgorithm.Winograd4
        from asGpu in new[] { false, true }
        select new TestFixtureData(algorithm, asGpu);

    [OneTimeSetUp]
    public void OpenBackend()
    {
        if (ClEnvironment.Inspect().Devices is not [var device, ..])
        {
            Assert.Ignore("Skipped: there is no OpenCL device on this machine.");
            return;
        }

        DeviceTraits traits = DeviceTraits.Of(device);
        _backend = new OpenClBackend(
            device,
            asGpu ? traits with { IsCpu = false, VectorWidth = 4, SharesHostMemory = false } : traits,
            convolutions: ConvolutionChoices.Of(algorithm));
    }

    [OneTimeTearDown]
    public void CloseBackend() => _backend?.Dispose();

    protected override IEnumerable<IBackend> BackendsFor(Convolution2D layer) => [_backend];

    protected override bool HasName(string algorithm, bool applies) => applies
        ? algorithm.StartsWith($"winograd-{Points} ", StringComparison.Ordinal)
        : algorithm.StartsWith("implicit gemm ", StringComparison.Ordinal) || algorithm.StartsWith("direct ", StringComparison.Ordinal);
}
