using System.Globalization;
using System.Runtime.InteropServices;
using Convoy.Memory;

namespace Convoy.Tests.Soak;

/// <summary>What the process holds between two rounds of the soak, when no session is there.</summary>
/// <param name="ResidentBytes">Resident memory, after the garbage collector and the C library's allocator have given back what they can.</param>
/// <param name="KeptBytes">What the allocator had kept of freed memory: a matter of the order of calls, and of chance.</param>
/// <param name="NativeBytes">Native memory through the library's own counters, pools emptied.</param>
/// <param name="PooledBytes">What the native pool kept before it was emptied.</param>
/// <param name="DeviceBytes">Memory of OpenCL devices.</param>
/// <param name="ManagedBytes">The managed heap.</param>
/// <param name="Descriptors">Open file descriptors.</param>
/// <param name="Threads">Threads, without those the runtime starts and ends as it sees fit: its pool's, its compiler's.</param>
internal readonly partial record struct ProcessFigures(
    long ResidentBytes, long KeptBytes, long NativeBytes, long PooledBytes, long DeviceBytes, long ManagedBytes, int Descriptors, int Threads)
{
    private const int Megabyte = 1_000_000;

    private static readonly string[] RuntimesOwn = [".NET TP", ".NET Tiered"];

    /// <summary>The columns of <see cref="ToString"/>.</summary>
    public static string Title => "  RSS, MB     kept   native   pooled   device  managed   fds threads";

    /// <summary>Looks at the process (Linux, the GNU C library).</summary>
    public static ProcessFigures Take(IEnumerable<Device> devices)
    {
        long pooled = NativeMemoryPool.Shared.PooledBytes;
        NativeMemoryPool.Shared.Trim();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long before = Environment.WorkingSet;
        _ = GiveBack(0);
        long after = Environment.WorkingSet;
        return new ProcessFigures(
            after,
            before - after,
            NativeMemoryCounters.LiveBytes,
            pooled,
            devices.Sum(device => device.Memory is { } memory ? memory.LiveBytes + memory.PooledBytes : 0),
            GC.GetTotalMemory(forceFullCollection: false),
            Directory.GetFiles("/proc/self/fd").Length,
            CountThreads());
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(double)ResidentBytes / Megabyte,9:F1}{(double)KeptBytes / Megabyte,9:F1}{(double)NativeBytes / Megabyte,9:F1}{(double)PooledBytes / Megabyte,9:F1}{(double)DeviceBytes / Megabyte,9:F1}{(double)ManagedBytes / Megabyte,9:F2}{Descriptors,6}{Threads,8}");

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int GiveBack(nuint pad);

    /// <summary>A thread that has been waited for may take a moment longer to be gone: the least of several counts.</summary>
    private static int CountThreads()
    {
        int least = int.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            Thread.Sleep(10);
            least = Math.Min(least, Directory.GetDirectories("/proc/self/task").Count(IsNoneOfTheRuntimes));
        }

        return least;
    }

    private static bool IsNoneOfTheRuntimes(string task)
    {
        try
        {
            string name = File.ReadAllText(Path.Combine(task, "comm"));
            return !Array.Exists(RuntimesOwn, own => name.StartsWith(own, StringComparison.Ordinal));
        }
        catch (IOException)
        {
            return false;
        }
    }
}
