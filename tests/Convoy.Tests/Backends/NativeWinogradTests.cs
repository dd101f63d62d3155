using Convoy.Backends.Native;

namespace Convoy.Tests.Backends;

/// <summary>Each number of points in every instruction set of the C library.</summary>
[TestFixtureSource(nameof(Variants))]
public sealed class NativeWinogradTests(InstructionSet isa, ConvolutionAlgorithm algorithm) : WinogradTests((int)algorithm)
{
    private NativeBackend _backend = null!;
    private NativeBackend _backendOfBytes = null!;

    private static IEnumerable<TestFixtureData> Variants =>
        from isa in Enum.GetValues<InstructionSet>()
        where isa != InstructionSet.Auto && NativeLibraryState.Supports(isa)
        from algorithm in Enum.GetValues<ConvolutionAlgorithm>()
        where algorithm >= ConvolutionAlgorithm.Winograd4
        select new TestFixtureData(isa, algorithm);

    [OneTimeSetUp]
    public void OpenBackends()
    {
        var options = new NativeOptions(isa) { Convolution = algorithm };
        _backend = new NativeBackend(2, options);
        _backendOfBytes = new NativeBackend(2, options with { TakesBytes = true });
    }

    [OneTimeTearDown]
    public void CloseBackends()
    {
        _backend.Dispose();
        _backendOfBytes.Dispose();
    }

    /// <summary>Only strides make a difference to the layout that is read.</summary>
    private protected override IEnumerable<IBackend> BackendsFor(Convolution2D layer) => layer.Stride == 1 ? [_backend] : [_backend, _backendOfBytes];

    protected override bool HasName(string algorithm, bool applies) => applies
        ? algorithm.StartsWith($"winograd-{Points} (", StringComparison.Ordinal)
        : algorithm.StartsWith("direct (", StringComparison.Ordinal) || algorithm.StartsWith("depthwise (", StringComparison.Ordinal);
}
