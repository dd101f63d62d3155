using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Convoy.Tests.Support;

/// <summary>Files that are no regular ones, and files of other users, by the system's own commands.</summary>
internal static class SpecialFile
{
    public const string Fifo = "fifo";
    public const string Socket = "socket";
    public const string Device = "character special file";
    public const string Folder = "directory";

    /// <summary>Makes such a file; ignores the running test where whoever runs it may not.</summary>
    public static void Make(string kind, string path)
    {
        switch (kind)
        {
            case Fifo:
                Assert.That(Run("mkfifo", path), Is.Zero);
                break;
            case Socket:
                using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
                {
                    socket.Bind(new UnixDomainSocketEndPoint(path));

                    // What .NET bound it would remove.
                    File.Move(path, $"{path}.bound");
                }

                File.Move($"{path}.bound", path);
                break;
            case Device:
                // As /dev/null.
                if (Run("mknod", path, "c", "1", "3") != 0)
                {
                    Assert.Ignore("Skipped: whoever runs these tests may not make devices.");
                }

                break;
            case Folder:
                Directory.CreateDirectory(path);
                break;
            default:
                throw new ArgumentException($"There is no kind of file '{kind}'.", nameof(kind));
        }
    }

    /// <summary>Gives a file, a folder or a link itself to the user "nobody"; ignores the running test where whoever runs it may not.</summary>
    [SupportedOSPlatform("linux")]
    public static void GiveAway(string path)
    {
        if (Run("chown", "-h", "65534", path) != 0)
        {
            Assert.Ignore("Skipped: whoever runs these tests may not give files to another user.");
        }
    }

    /// <summary>What the system says a file is.</summary>
    public static string KindOf(string path)
    {
        using Process stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%F", path]) { RedirectStandardOutput = true })!;
        string kind = stat.StandardOutput.ReadToEnd().Trim();
        stat.WaitForExit();
        return kind;
    }

    private static int Run(string command, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
