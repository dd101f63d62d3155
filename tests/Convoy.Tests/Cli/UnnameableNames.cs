using System.Diagnostics;

namespace Convoy.Tests.Cli;

/// <summary>
/// Files and folders whose names are not UTF-8, so that .NET sees but cannot open them. They are made, and removed, by the shell.
/// </summary>
internal sealed class UnnameableNames : IDisposable
{
    private readonly string _folder;

    /// <summary>Prepares to make them in a folder below a root; ignores the test where names are always Unicode.</summary>
    public UnnameableNames(string root, string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Skipped: file names are always Unicode here.");
        }

        _folder = Path.Combine(root, folder);
    }

    /// <summary>Makes a folder.</summary>
    public void CreateFolder() => Shell("mkdir \"$(printf 'bad\\377')\"");

    /// <summary>Makes an empty file.</summary>
    public void CreateFile(string extension) => Shell($": > \"$(printf 'bad\\377.{extension}')\"");

    public void Dispose() => Shell("rm -rf ./bad*");

    private void Shell(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { WorkingDirectory = _folder })!;
        shell.WaitForExit();
        Assert.That(shell.ExitCode, Is.Zero, command);
    }
}
