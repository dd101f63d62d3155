using Convoy.Backends.OpenCL;
using Convoy.Tests.OpenCL;

namespace Convoy.Tests.Backends;

/// <summary>Each number of points through OpenCL, with a core's tiles and a GPU's, on every device.</summary>
[TestFixtureSource(nameof(Variants))]
public sealed class OpenClWinogradTests(int index, string device, ConvolutionAlgorithm algorithm, bool asGpu) : WinogradTests((int)algorithm)
{
    private OpenClBackend _backend = null!;

    // Nearly every random case is a kernel of its own, and takes a second to build.
    protected override int RandomCount => 6;

    private static IEnumerable<TestFixtureData> Variants =>
        from form in DeviceForms.All
        from algorithm in Enum.GetValues<ConvolutionAlgorithm>()
        where algorithm >= ConvolutionAlgorithm.Winograd4
        select new TestFixtureData(form.Index, form.Device, algorithm, form.AsGpu);

    [OneTimeSetUp]
    public void OpenBackend() => _backend = DeviceForms.Open(index, device, asGpu, algorithm);

    [OneTimeTearDown]
    public void CloseBackend() => _backend?.Dispose();

    private protected override IEnumerable<IBackend> BackendsFor(Convolution2D layer) => [_backend];

    protected override bool HasName(string algorithm, bool applies) => applies
        ? algorithm.StartsWith($"winograd-{Points} ", StringComparison.Ordinal)
        : ((string[])["implicit gemm ", "direct ", "depthwise "]).Any(each => algorithm.StartsWith(each, StringComparison.Ordinal));
}
