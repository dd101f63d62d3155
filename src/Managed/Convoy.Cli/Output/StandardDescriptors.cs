using Microsoft.Win32.SafeHandles;

namespace Convoy.Cli.Output;

/// <summary>
/// The three descriptors that a process is started with. One that whoever started it closed goes to the next file opened, and
/// what is meant for the stream would be written into that file.
/// </summary>
internal static class StandardDescriptors
{
    /// <summary>The standard output's.</summary>
    public const int Output = 1;

    /// <summary>The error stream's.</summary>
    public const int Error = 2;

    private const string Nowhere = "/dev/null";
    private const string Facts = "/proc/self/fdinfo";
    private const string Flags = "flags:";
    private const int CloseOnExec = 0x80000;

    // Held open as long as the process lives.
    private static readonly List<SafeFileHandle> Placeholders = [];

    /// <summary>Gives those that are free to the null device, before a file gets them.</summary>
    public static void Occupy()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        while (true)
        {
            // The lowest free one is what the system gives.
            SafeFileHandle handle = File.OpenHandle(Nowhere, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (handle.DangerousGetHandle() > Error)
            {
                handle.Dispose();
                return;
            }

            Placeholders.Add(handle);
        }
    }

    /// <summary>
    /// Whether the process was started with a descriptor; true where the system does not say (Linux does). What the runtime
    /// opens for itself, or this class, closes when another program is executed: no descriptor that came from there does that.
    /// </summary>
    public static bool IsInherited(int descriptor)
    {
        try
        {
            return !Directory.Exists(Facts)
                || (File.ReadLines($"{Facts}/{descriptor}").FirstOrDefault(line => line.StartsWith(Flags, StringComparison.Ordinal)) is { } flags
                    && (Convert.ToInt32(flags[Flags.Length..].Trim(), 8) & CloseOnExec) == 0);
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
