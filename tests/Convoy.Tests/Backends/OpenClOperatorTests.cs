using Convoy.Tests.OpenCL;

namespace Convoy.Tests.Backends;

/// <summary>
/// The OpenCL backend on every device there is: with its own defaults, and with a GPU's (tiles
/// shared in local memory, batches transferred), which must run anywhere. Winograd's algorithm, whose errors are larger, has
/// tests of its own (<see cref="OpenClWinogradTests"/>).
/// </summary>
[TestFixtureSource(typeof(DeviceForms), nameof(DeviceForms.Fixtures))]
public sealed class OpenClOperatorTests(int index, string device, bool asGpu) : OperatorTests
{
    private protected override IBackend CreateBackend() => DeviceForms.Open(index, device, asGpu, ConvolutionAlgorithm.Direct);
}
