using System.Runtime.InteropServices;

namespace Convoy.Backends.Native;

/// <summary>
/// Asks Linux for pages of 2 MiB. Weights that are read once a run come from memory much faster so: prefetching by the
/// processor stops at a page's end, and pages of 4 KiB are too many for its tables of addresses.
/// </summary>
internal static partial class HugePages
{
    /// <summary>Bytes of a huge page, where pages are 4 KiB otherwise. Others are asked for the same ranges.</summary>
    public const long Bytes = 2L << 20;

    // MADV_HUGEPAGE of madvise(2).
    private const int Advice = 14;

    /// <summary>
    /// Asks for those that lie wholly within a block, so that no more memory becomes resident; best before it is first
    /// written. Returns whether the system took note: one that does not works with the pages it has.
    /// </summary>
    public static bool Ask(nint address, long bytes)
    {
        long first = (address + Bytes - 1) / Bytes * Bytes;
        long end = (address + bytes) / Bytes * Bytes;
        return OperatingSystem.IsLinux() && end > first && Advise((nint)first, (nuint)(end - first), Advice) == 0;
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
