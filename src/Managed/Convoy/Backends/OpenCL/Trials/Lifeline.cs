using System.Runtime.InteropServices;

namespace Convoy.Backends.OpenCL.Trials;

/// <summary>
/// Ends this process when its standard input ends: that is a pipe, whose other end closes with the process that holds it,
/// however that comes about. All other threads may hang meanwhile, in a driver.
/// </summary>
internal static partial class Lifeline
{
    private const int NoSignal = 0;
    private const int KillSignal = 9;

    /// <summary>Begins to watch; to be called before any driver is loaded. Nothing is done on Windows, where drivers are not registered by files.</summary>
    public static void Hold()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var isReady = new ManualResetEventSlim();
        new Thread(() => Watch(isReady.Set)) { IsBackground = true, Name = "lifeline" }.Start();
        isReady.Wait();
    }

    private static void Watch(Action onReady)
    {
        using Stream input = Console.OpenStandardInput();

        // The first call of a library's function takes the linker's lock, which a driver that hangs while it is loaded keeps.
        _ = input.Read([]);
        _ = Kill(Environment.ProcessId, NoSignal);
        onReady();
        Span<byte> nothing = stackalloc byte[1];
        while (input.Read(nothing) > 0)
        {
            // Nobody writes anything.
        }

        _ = Kill(Environment.ProcessId, KillSignal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
