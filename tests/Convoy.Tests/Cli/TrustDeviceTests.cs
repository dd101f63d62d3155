using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.Cli;

/// <summary>A kernel that is wrong, by the command line: refused by name though an earlier one was right, and taken as it is where that is asked for.</summary>
public sealed class TrustDeviceTests
{
    private const string Right = "out[c] /= sum;";

    [Test]
    public void A_wrong_kernel_is_refused_unless_the_device_is_trusted()
    {
        TestDevices.RequireOpenCl();
        using var folder = new TemporaryFolder();
        folder.WriteDigit("digit.png", 3);
        string kernels = Directory.CreateDirectory(folder["kernels"]).FullName;
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "kernels"), "*.cl"))
        {
            string text = File.ReadAllText(file);
            File.WriteAllText(Path.Combine(kernels, Path.GetFileName(file)), text.Replace(Right, "out[c] /= sum * 1.25f;", StringComparison.Ordinal));
        }

        CliRun sound = Classify([]);
        CliRun wrong = Classify([], (KernelSource.FolderVariable, kernels));
        CliRun trusted = Classify(["--trust-device"], (KernelSource.FolderVariable, kernels));
        Assert.That((sound.ExitCode, wrong.ExitCode, trusted.ExitCode), Is.EqualTo((0, 1, 0)), wrong.Error + trusted.Error);
        Assert.That(wrong.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(wrong.Error, Does.StartWith("convoy: error: Layer 'prob'").And.Contains("the kernel 'softmax'").And.Contains("errs by 0.2").And.Contains(KernelSource.FolderVariable));
        Assert.That(trusted.Out, Is.Not.EqualTo(sound.Out), "a likelihood that is too small by a fifth");

        CliRun Classify(string[] options, params (string, string)[] variables) => CommandProcess.Run(
            CommandProcess.Folder, [("CONVOY_CACHE", folder["cache"]), .. variables], ["classify", "lenet5", folder["digit.png"], "--device", "opencl", "--convolution", "direct", "--output", "csv", .. options]);
    }
}
