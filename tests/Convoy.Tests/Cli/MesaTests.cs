using System.Runtime.InteropServices;
using Convoy.Onnx;

namespace Convoy.Tests.Cli;

/// <summary>
/// The command line beside Mesa's drivers: rusticl, which renders in software and is slow and not always right, and Clover, which is
/// older than what kernels need and has no device where Mesa is not installed. Neither is used where nobody names it, and who
/// names one gets the right answer or a sentence.
/// </summary>
[Platform(Include = "Linux")]
public sealed class MesaTests
{
    private static readonly string Libraries = Path.Combine(
        Repository.Root, "artifacts", "drivers-mesa", "usr", "lib", RuntimeInformation.RuntimeIdentifier.EndsWith("arm64", StringComparison.Ordinal) ? "aarch64-linux-gnu" : "x86_64-linux-gnu");

    private static readonly string[] Drivers = ["libRusticlOpenCL.so.1", "libMesaOpenCL.so.1"];

    private TemporaryFolder _folder = null!;

    [OneTimeSetUp]
    public void Register()
    {
        if (!Drivers.All(driver => File.Exists(Path.Combine(Libraries, driver))))
        {
            Assert.Ignore("Skipped: Mesa's OpenCL drivers are not there (tests/run.sh unpacks Debian's into artifacts/drivers-mesa).");
        }

        _folder = new TemporaryFolder();
        Directory.CreateDirectory(_folder["vendors"]);
        Array.ForEach(Drivers, driver => File.WriteAllText(Path.Combine(_folder["vendors"], $"{driver}.icd"), Path.Combine(Libraries, driver)));
        _folder.WriteDigit("digit.png", 3);
    }

    [OneTimeTearDown]
    public void DeleteFolder() => _folder?.Dispose();

    [Test]
    public void Where_nobody_names_a_device_the_cores_compute()
    {
        IgnoreWithoutNative();
        CliRun run = Run("classify", "lenet5", _folder["digit.png"], "--output", "json");
        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        CliRun alone = CommandProcess.Run(CommandProcess.Folder, [("OCL_ICD_VENDORS", _folder["nothing"])], "classify", "lenet5", _folder["digit.png"], "--output", "json");
        Assert.That(run.Out, Is.EqualTo(alone.Out));
    }

    [Test]
    public void Devices_lists_what_there_is()
    {
        CliRun run = Run("devices", "--no-measure", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Json.AsArray().Select(each => (string)each!["description"]!), Has.Some.Contains("rusticl"));
    }

    [Test]
    public void Who_names_rusticl_gets_the_right_answer_or_a_sentence_that_names_it()
    {
        Network network = new NetworkBuilder("small", Shape.Image(2, 5, 4)).MaxPool("pool", 2, stride: 1).Build();
        using WeightSet weights = WeightSet.FromTensors("none", []);
        OnnxModel.Save(network, weights, _folder["small.onnx"]);
        float[] images = TestData.Reals((int)network.Input.Shape.Count, 4);
        NpyFile.Write(_folder["x.npy"], new("input", [1, 2, 5, 4], images));
        CliRun run = Run("run", _folder["small.onnx"], "--input", _folder["x.npy"], "--save-output", _folder["y.npy"], "--device", "opencl:rusticl");
        if (run.ExitCode != 0)
        {
            Assert.That(run.ErrorLines.Last(), Does.StartWith("convoy: error: ").And.Contains("rusticl").And.EndsWith("."));
            return;
        }

        using InferenceSession oracle = network.Compile(Device.Reference, weights);
        var expected = new float[network.Output.Shape.Count];
        oracle.Run(images, expected);
        Agreement.AssertClose(NpyFile.Read(_folder["y.npy"]).Values, expected, "numbers");
    }

    [Test]
    public void Who_names_Clover_gets_a_sentence()
    {
        CliRun run = Run("classify", "lenet5", _folder["digit.png"], "--device", "opencl:clover");
        Assert.That(run.ExitCode, Is.Not.Zero);
        Assert.That(run.Out, Is.Empty);
        Assert.That(run.ErrorLines.Last(), Does.StartWith("convoy: error: ").And.EndsWith("."));
    }

    private static void IgnoreWithoutNative()
    {
        if (!Device.Native.IsAvailable)
        {
            Assert.Ignore($"Skipped: {Device.Native.UnavailableReason}");
        }
    }

    private CliRun Run(params string[] arguments)
    {
        CliRun run = CommandProcess.Run(
            CommandProcess.Folder,
            [
                ("OCL_ICD_VENDORS", _folder["vendors"]),
                ("OCL_ICD_FILENAMES", ""),
                ("LD_LIBRARY_PATH", Libraries),
                ("RUSTICL_ENABLE", "llvmpipe"),
                ("CONVOY_CACHE", _folder["cache"]),
            ],
            arguments);
        TestContext.Out.WriteLine($"convoy {string.Join(' ', arguments)} -> {run.ExitCode}\n{run.Out}\n{run.Error}");
        return run;
    }
}
