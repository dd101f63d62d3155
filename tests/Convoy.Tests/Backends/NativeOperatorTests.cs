using Convoy.Backends.Native;

namespace Convoy.Tests.Backends;

/// <summary>
/// The native backend, in every instruction set this CPU has, convolutions computed directly: other algorithms have their
/// own tests.
/// </summary>
[TestFixtureSource(nameof(InstructionSets))]
public sealed class NativeOperatorTests(InstructionSet isa) : OperatorTests
{
    private static IEnumerable<InstructionSet> InstructionSets =>
        Enum.GetValues<InstructionSet>().Where(each => each != InstructionSet.Auto && NativeLibraryState.Supports(each));

    private protected override IBackend CreateBackend() =>
        new NativeBackend(2, new NativeOptions(isa) { Convolution = ConvolutionAlgorithm.Direct });
}
