using System.Runtime.CompilerServices;
using Convoy.Backends.Native;

namespace Convoy.Tests.Backends;

/// <summary>The managed mirror of convoy.h against the library itself.</summary>
public sealed class NativeAbiTests
{
    private static readonly int[] MirrorSizes =
    [
        Unsafe.SizeOf<Conv2DDescriptor>(),
        Unsafe.SizeOf<DenseDescriptor>(),
        Unsafe.SizeOf<Pool2DDescriptor>(),
        Unsafe.SizeOf<LrnDescriptor>(),
        Unsafe.SizeOf<ElementwiseDescriptor>(),
        Unsafe.SizeOf<SoftmaxDescriptor>(),
        Unsafe.SizeOf<ConcatDescriptor>(),
        Unsafe.SizeOf<TransformDescriptor>(),
        Unsafe.SizeOf<NativePlan>(),
        Unsafe.SizeOf<BufferArgument>(),
        Unsafe.SizeOf<RunArguments>(),
        Unsafe.SizeOf<ChainLayer>(),
        Unsafe.SizeOf<ChainDescriptor>(),
        Unsafe.SizeOf<MaxPoolWindows>(),
    ];

    [Test]
    public void Every_struct_has_the_size_the_library_was_built_with()
    {
        Assert.That(MirrorSizes.Select((_, i) => (int)NativeMethods.GetStructSize(i)), Is.EqualTo(MirrorSizes));
        Assert.That(NativeMethods.GetStructSize(MirrorSizes.Length), Is.Zero, "convoy.h has a struct without a mirror here.");
    }

    [Test]
    public void The_version_is_the_one_this_assembly_was_written_for() =>
        Assert.That(NativeMethods.GetAbiVersion(), Is.EqualTo(NativeMethods.AbiVersion));

    [Test]
    public void A_refused_descriptor_is_one_sentence_naming_the_step_and_the_status()
    {
        var plan = new NativePlan();
        NativeStatus status = NativeMethods.Plan(new SoftmaxDescriptor { Batch = 0, Height = 1, Width = 1, Channels = 1 }, ref plan);
        Assert.That(status, Is.EqualTo(NativeStatus.BadValue));
        BackendException e = Assert.Throws<BackendException>(() => status.ThrowIfFailed("plan", "prob"));
        Assert.That(e.Message, Does.Contain("'prob'").And.Contain("BadValue"));
    }

    [Test]
    public void An_instruction_set_this_cpu_lacks_is_refused_by_name()
    {
        InstructionSet missing = NativeLibraryState.Supports(InstructionSet.Neon) ? InstructionSet.Avx2 : InstructionSet.Neon;
        BackendException e = Assert.Throws<BackendException>(() => new NativeBackend(1, missing).Dispose());
        Assert.That(e.Message, Does.Contain(missing.ToString().ToLowerInvariant()));
    }

    [TestCase(InstructionSet.Avx2)]
    [TestCase(InstructionSet.Avx512)]
    [TestCase(InstructionSet.Neon)]
    public void An_instruction_set_that_is_not_tested_here_is_said_aloud(InstructionSet isa)
    {
        if (!NativeLibraryState.Supports(isa))
        {
            Assert.Ignore($"Skipped: operators are not tested on {isa}: this CPU has no such instructions.");
        }
    }
}
