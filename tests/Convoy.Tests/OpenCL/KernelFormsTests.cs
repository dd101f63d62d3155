using System.Diagnostics;

namespace Convoy.Tests.OpenCL;

/// <summary>Every form of the kernels compiles for GPUs that are not here, and keeps its arrays in registers there.</summary>
public sealed class KernelFormsTests : OpenClFixture
{
    private const int SkippedExit = 77;
    private const string Script = "tests/kernels-clang.sh";

    [Test]
    public void Clang_compiles_every_form_cleanly_and_the_readme_has_what_the_code_takes()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore($"Skipped: {Script} is for Linux.");
        }

        using var folder = new TemporaryFolder();
        KernelForms.Write(Api, folder.Root);
        var start = new ProcessStartInfo("bash", [Script, "--check", folder.Root]) { WorkingDirectory = Repository.Root, RedirectStandardOutput = true, RedirectStandardError = true };
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

    /// <summary>For the script by itself, which names this test.</summary>
    [Test, Explicit("Skipped: tests/kernels-clang.sh runs it.")]
    public void Writes_the_forms() => KernelForms.Write(Api, Path.Combine(Repository.Root, "artifacts", "kernel-forms"));
}
