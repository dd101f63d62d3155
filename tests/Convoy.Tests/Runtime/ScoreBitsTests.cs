using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text.Json;
using Convoy.Backends.Native;

namespace Convoy.Tests.Runtime;

/// <summary>
/// The scores of both networks, to the last bit, as score-bits.json recorded them: no change of structure may move one.
/// Compilers, mathematical libraries and OpenCL drivers round in ways of their own, so a record holds for the system it was
/// made on, and an OpenCL device's for the processor too; elsewhere the test says so and what it found.
/// </summary>
public sealed class ScoreBitsTests
{
    private const string RecordFile = "Runtime/score-bits.json";
    private static readonly Lazy<Dictionary<string, Dictionary<string, string>>> Records = new(Read);
    private static readonly Lazy<float[]> Images = new(() => TestData.Reals(64 * 3 * 227 * 227, 7));
    private Network _network = null!;
    private WeightSet _weights = null!;

    private static string System => RuntimeInformation.OSDescription;

    [OneTimeTearDown]
    public void DisposeWeights() => _weights?.Dispose();

    [Test, Combinatorial]
    public void LeNet5(
        [Values("reference", "native scalar", "native avx2", "native avx512", "native neon", "opencl:0")] string device, [Values(1, 7, 64)] int batch) =>
        Check(device, "lenet5", batch);

    [Test, Combinatorial]
    public void AlexNet([Values("native scalar", "native avx2", "native avx512", "native neon", "opencl:0")] string device, [Values(1, 7, 64)] int batch) =>
        Check(device, "alexnet", batch);

    [Test]
    public void AlexNet_on_the_reference() => Check("reference", "alexnet", 1);

    /// <summary>The reference computes image by image: 64 take ten minutes and more.</summary>
    [Test, Explicit("Skipped: takes minutes; run by name.")]
    public void AlexNet_on_the_reference_in_a_batch([Values(7, 64)] int batch) => Check("reference", "alexnet", batch);

    private static Dictionary<string, Dictionary<string, string>> Read() =>
        JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(File.ReadAllText(Path.Combine(Repository.Root, "tests/Convoy.Tests", RecordFile)))!;

    private void Check(string device, string network, int batch)
    {
        string key = $"{network} on {device}{ProcessorOf(device)}, batch {batch}";
        string found = Run(device, network, batch);
        if (!Records.Value.TryGetValue(System, out Dictionary<string, string>? records) || !records.TryGetValue(key, out string? recorded))
        {
            Assert.Ignore($"Skipped: no scores are recorded for {System}: {key}; here they are {found}.");
            return;
        }

        Assert.That(found, Is.EqualTo(recorded), key);
    }

    private string Run(string device, string networkName, int batch)
    {
        (Device target, SessionOptions options) = Find(device);
        UseNetwork(networkName);
        using InferenceSession session = _network.Compile(target, _weights, options with { BatchSize = batch });
        float[] scores = new float[batch * (int)session.OutputShape.Count];
        session.Run(Images.Value.AsSpan(0, batch * (int)session.InputShape.Count), scores);
        return Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(scores.AsSpan())))[..16];
    }

    private void UseNetwork(string name)
    {
        if (_network?.Name != name)
        {
            _weights?.Dispose();
            _network = name == "lenet5" ? Convoy.Models.LeNet5.Create() : Convoy.Models.AlexNet.Create();
            _weights = name == "lenet5" ? PretrainedWeights.LeNet5() : WeightSet.Random(_network, 1);
        }
    }

    private static (Device Device, SessionOptions Options) Find(string name)
    {
        string[] parts = name.Split(' ');
        if (parts.Length == 1)
        {
            if (name != Device.Reference.Name)
            {
                TestDevices.RequireOpenCl();
            }

            return (Device.Find(parts[0]), new SessionOptions());
        }

        TestDevices.RequireNative();
        InstructionSet isa = Enum.Parse<InstructionSet>(parts[1], ignoreCase: true);
        if (!NativeLibraryState.Supports(isa))
        {
            Assert.Ignore($"Skipped: this processor has no {parts[1]}.");
        }

        return (Device.Native, new SessionOptions { InstructionSet = isa });
    }

    /// <summary>Which processor an OpenCL driver compiles for.</summary>
    private static string ProcessorOf(string device) =>
        device.StartsWith("opencl", StringComparison.Ordinal) && X86Base.IsSupported ? $" ({X86Base.CpuId(1, 0).Eax:X})" : "";
}
