namespace Convoy.Tests.Cli;

/// <summary>The command line where the native library was never built, or was deleted: in a process of its own.</summary>
public sealed class MissingNativeLibraryTests
{
    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public void CopyCommandWithoutLibrary()
    {
        _folder = new TemporaryFolder();
        CommandProcess.CopyWithoutNativeLibrary(_folder.Root);
    }

    [OneTimeTearDown]
    public void DeleteCopy() => _folder.Dispose();

    [Test]
    public void Devices_says_why_native_cannot_be_used_and_what_to_do()
    {
        (int exitCode, string output, _) = Run("devices", "--no-measure");
        Assert.That(exitCode, Is.Zero);
        Assert.That(output, Does.Contain("convoy_native").And.Contain("install CMake and a C compiler"));
    }

    [Test]
    public void Asking_for_native_is_no_such_device_and_is_not_replaced()
    {
        (int exitCode, string output, string error) = Run("bench", "lenet5", "--device", "native");
        Assert.That(exitCode, Is.EqualTo(3));
        Assert.That(output, Is.Empty);
        Assert.That(error.Trim().Split('\n'), Has.Length.EqualTo(1));
        Assert.That(error, Does.Contain("'native' cannot be used").And.Contain("convoy_native"));
    }

    [Test]
    public void The_reference_device_still_runs()
    {
        (int exitCode, string output, _) = Run("bench", "lenet5", "--batch", "1", "--seconds", "0.1", "--output", "json");
        Assert.That(exitCode, Is.Zero);
        Assert.That(output, Does.Contain("\"reference\""));
    }

    // Without OpenCL too, so that only the reference device is left.
    private (int ExitCode, string Output, string Error) Run(params string[] arguments)
    {
        CliRun run = CommandProcess.Run(_folder.Root, [("CONVOY_OPENCL_LIBRARY", "libNoSuchOpenCL.so.1")], arguments);
        return (run.ExitCode, run.Out, run.Error);
    }
}
