using System.Runtime.InteropServices;

namespace Convoy.Backends.Native;

/// <summary>
/// The calls of convoy.h, one for one, but for the plan calls, which are their descriptors', and those that only tests ask.
/// Nothing else in Convoy calls native code of ours.
/// </summary>
internal static partial class NativeMethods
{
    public const string Library = "convoy_native";
    public const uint AbiVersion = 9;

    [LibraryImport(Library, EntryPoint = "convoy_abi_version")]
    public static partial uint GetAbiVersion();

    [LibraryImport(Library, EntryPoint = "convoy_status_message")]
    public static partial nint GetStatusMessage(NativeStatus status);

    [LibraryImport(Library, EntryPoint = "convoy_best_isa")]
    public static partial InstructionSet GetBestIsa();

    [LibraryImport(Library, EntryPoint = "convoy_isa_supported")]
    public static partial int IsIsaSupported(InstructionSet isa);

    [LibraryImport(Library, EntryPoint = "convoy_isa_name")]
    public static partial nint GetIsaName(InstructionSet isa);

    [LibraryImport(Library, EntryPoint = "convoy_algorithm_name")]
    public static partial nint GetAlgorithmName(NativeAlgorithm algorithm);

    [LibraryImport(Library, EntryPoint = "convoy_constant_value")]
    public static partial long GetConstant(NativeConstant which);

    [LibraryImport(Library, EntryPoint = "convoy_work_items")]
    public static partial NativeStatus GetWorkItems(in NativePlan plan, int images, int phase, out long items);

    [LibraryImport(Library, EntryPoint = "convoy_phase_name")]
    public static partial nint GetPhaseName(NativePhaseKind kind);

    [LibraryImport(Library, EntryPoint = "convoy_phase_work")]
    public static partial NativeStatus GetPhaseWork(in NativePlan plan, int images, int phase, ref NativeWork work);

    [LibraryImport(Library, EntryPoint = "convoy_pack")]
    public static partial NativeStatus Pack(
        in NativePlan plan, ReadOnlySpan<float> weights, ulong weightCount, nint packed, ulong packedBytes);

    [LibraryImport(Library, EntryPoint = "convoy_packed_bits")]
    public static partial NativeStatus GetPackedBits(in NativePlan plan, nint packed, ulong packedBytes, out int bits);

    [LibraryImport(Library, EntryPoint = "convoy_run")]
    public static partial NativeStatus Run(in NativePlan plan, in RunArguments arguments, int phase, long firstItem, long endItem);

    [LibraryImport(Library, EntryPoint = "convoy_measure")]
    public static partial NativeStatus Measure(
        NativeMeasureKind kind, InstructionSet isa, nint data, ulong bytes, long repeats, out ulong amount, out uint sum);
}
