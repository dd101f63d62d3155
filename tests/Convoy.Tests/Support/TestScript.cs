using System.Diagnostics;

namespace Convoy.Tests.Support;

/// <summary>Scripts of the tests' folder that say by an exit code whether all is well.</summary>
internal static class TestScript
{
    private const int SkippedExit = 77;

    /// <summary>Runs one, whose output is the reason where it fails, and why it was skipped where it says so.</summary>
    public static void AssertPasses(string script, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore($"Skipped: {script} is for Linux.");
        }

        var start = new ProcessStartInfo("bash", [script, .. arguments]) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == SkippedExit)
        {
            Assert.Ignore(output.Trim());
        }

        Assert.That(process.ExitCode, Is.Zero, $"{output}{errors.Result}");
    }
}
