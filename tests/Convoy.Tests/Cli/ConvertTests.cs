using Convoy.Cli.Common;
using Convoy.ModelFiles;
using Convoy.Models;
using Convoy.Onnx;
using Convoy.Tests.Weights;
using Convoy.Tests.Weights.Keras;

namespace Convoy.Tests.Cli;

/// <summary><c>convoy convert</c>: nothing is lost unless it is asked for, and then it is said.</summary>
public sealed class ConvertTests : FolderFixture
{
    [TestCase("w.safetensors")]
    [TestCase("w.NPZ")]
    [TestCase("w.pth")]
    public async Task What_PyTorch_saved_is_written_bit_by_bit(string output)
    {
        string input = Path.Combine(SharedData.Require("models/lenet-torch-openvino"), "lenet.pth");
        CliRun run = await CliRun.ConvoyAsync("convert", input, Folder[output]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain($"{output}: 10 tensors of ").And.Contain("44,426 numbers, 0.2 MB"));
        using WeightSet before = WeightSet.Open(input);
        using WeightSet after = WeightSet.Open(Folder[output]);
        Assert.That(Describe(after), Is.EqualTo(Describe(before)));
    }

    [TestCase("fp32", ElementType.Float32)]
    [TestCase("fp16", ElementType.Float16)]
    [TestCase("bf16", ElementType.BFloat16)]
    public async Task The_precision_is_the_one_asked_for(string name, ElementType type)
    {
        string input = WriteMixed();
        CliRun run = await CliRun.ConvoyAsync("convert", input, Folder["out.safetensors"], "--precision", name);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using WeightSet written = WeightSet.Open(Folder["out.safetensors"]);
        Assert.That(written.Tensors.Select(tensor => tensor.ElementType), Is.EqualTo(new[] { ElementType.Int64, type }));
    }

    [Test]
    public async Task A_file_without_numbers_is_refused()
    {
        CliRun run = await CliRun.ConvoyAsync("convert", Folder.Write("in.safetensors", SafetensorsBytes.Create("{}      ", [])), Folder["out.npz"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Error, Does.Contain("has no tensor with an element"));
        Assert.That(File.Exists(Folder["out.npz"]), Is.False);
    }

    [Test]
    public async Task Metadata_that_finds_no_place_is_named()
    {
        CliRun run = await CliRun.ConvoyAsync("convert", WriteMixed(), Folder["out.npz"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("metadata (author) is left out"));
    }

    [Test]
    public async Task What_the_new_file_cannot_hold_is_refused_by_name()
    {
        string input = Folder.Write("in.safetensors", SafetensorsBytes.Create("""{"odd":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}""", new byte[8]));
        CliRun run = await CliRun.ConvoyAsync("convert", input, Folder["out.npz"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Error, Does.Contain("The tensor 'odd' is C64"));
        Assert.That(File.Exists(Folder["out.npz"]), Is.False);
    }

    [Test]
    public async Task Numbers_beyond_fp16_are_not_made_infinite()
    {
        using (WeightSet weights = WeightSet.FromTensors("test", [("big", new Shape(2), [1, -70_000])]))
        {
            weights.Save(Folder["in.safetensors"]);
        }

        CliRun run = await CliRun.ConvoyAsync("convert", Folder["in.safetensors"], Folder["out.npz"], "--precision", "fp16");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Error, Does.Contain("The tensor 'big' holds -70000, which is beyond fp16's 65,504"));
    }

    [Test]
    public async Task A_file_that_is_there_is_replaced_only_by_force()
    {
        string input = WriteMixed();
        string output = Folder.Write("out.npz", "precious");
        CliRun refused = await CliRun.ConvoyAsync("convert", input, output);
        Assert.That(refused.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(refused.Error, Does.Contain("--force"));
        Assert.That(await File.ReadAllTextAsync(output), Is.EqualTo("precious"));
        CliRun forced = await CliRun.ConvoyAsync("convert", input, output, "--force");
        Assert.That(forced.ExitCode, Is.Zero, forced.Error);
    }

    [Test]
    public async Task What_has_no_element_is_left_out_and_named()
    {
        string input = Folder.Write("in.safetensors", SafetensorsBytes.Create(
            """{"full":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"none":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}      """, [0, 0, 0, 0]));
        CliRun run = await CliRun.ConvoyAsync("convert", input, Folder["out.npz"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("Tensors without an element are left out: none."));
    }

    [TestCase("out.txt", "OUT must end with .safetensors, .npz, .pth, .pt, .h5, .hdf5, .caffemodel or .npy")]
    [TestCase("", "OUT must end with")]
    public async Task Another_ending_is_wrong_usage(string output, string expected)
    {
        CliRun run = await CliRun.ConvoyAsync("convert", WriteMixed(), output);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.Error, Does.Contain(expected));
    }

    [Test]
    public async Task NumPy_has_no_bf16()
    {
        CliRun run = await CliRun.ConvoyAsync("convert", WriteMixed(), Folder["out.npz"], "--precision", "bf16");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.Error, Does.Contain("NumPy has no bf16"));
    }

    [Test]
    public async Task Weights_under_other_names_are_taken_and_the_command_says_how()
    {
        using (WeightSet weights = WeightSet.Random(LeNet5.Create(), 5))
        {
            WeightSet.FromTensors("test", [
                .. weights.Tensors.Select(tensor => ("net." + tensor.Name, tensor.Shape, Numbers(tensor))), ("optimizer.step", new Shape(1), [1f])]).Save(Folder["w.npz"]);
        }

        CliRun run = await CliRun.ConvoyAsync("bench", "lenet5", "--weights", Folder["w.npz"], "--device", "reference", "--batch", "1", "--seconds", "0.01", "--verbose");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("its names have the prefix 'net.'").And.Contain("does not need: optimizer.step (Float32) [1]"));
        CliRun strict = await CliRun.ConvoyAsync("bench", "lenet5", "--weights", Folder["w.npz"], "--device", "reference", "--strict");
        Assert.That(strict.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(strict.Error, Does.Contain("'optimizer.step' is [1]"));
        Folder.Write("map", "net.conv1 = conv9");
        CliRun mapped = await CliRun.ConvoyAsync("bench", "lenet5", "--weights", Folder["w.npz"], "--map", Folder["map"], "--device", "reference");
        Assert.That(mapped.Error, Does.Contain("Line 1 of "));
        CliRun alone = await CliRun.ConvoyAsync("bench", "lenet5", "--strict", "--device", "reference");
        Assert.That(alone.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
    }

    [Test]
    public async Task For_a_network_what_it_does_not_need_is_left_out_or_refused()
    {
        Network network = new NetworkBuilder("n", Shape.Vector(2)).FullyConnected("fc", 1, bias: false).Build();
        string model = Folder.Write("n.json", $$"""{"graph": {{NetworkFile.Describe(network)}}}""");
        using (var weights = WeightSet.FromTensors("test", [("last.weight", new Shape(1, 2), [1, 2]), ("last.num_batches_tracked", new Shape(1), [7])]))
        {
            weights.Save(Folder["in.npz"]);
        }

        string map = Folder.Write("map.json", """{"last.weight": "fc.weight"}""");
        string[] common = ["convert", Folder["in.npz"], Folder["out.npy"], "--model", model, "--map", map];
        CliRun strict = await CliRun.ConvoyAsync([.. common, "--strict"]);
        Assert.That(strict.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(strict.Error, Does.Contain("'last.num_batches_tracked'"));
        CliRun run = await CliRun.ConvoyAsync([.. common, "--verbose"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("1 tensor that n does not need is left out").And.Contain("last.num_batches_tracked (Float32)"));
        Assert.That(NpyFile.Read(Folder["out.npy"]).Values, Is.EqualTo(new[] { 1f, 2f }));
        CliRun alone = await CliRun.ConvoyAsync("convert", Folder["in.npz"], Folder["out.npz"], "--strict");
        Assert.That(alone.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
    }

    [Test]
    public async Task A_file_of_one_array_takes_one_tensor()
    {
        CliRun run = await CliRun.ConvoyAsync("convert", WriteMixed(), Folder["out.npy"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Error, Does.Contain("holds one tensor, but there are 2"));
        Assert.That(File.Exists(Folder["out.npy"]), Is.False);
    }

    [Test]
    public async Task The_weights_of_an_ONNX_model_are_those_of_its_network()
    {
        Network network = new NetworkBuilder("n", Shape.Vector(2)).FullyConnected("fc", 3).Build();
        using WeightSet weights = WeightSet.Random(network, 1);
        OnnxModel.Save(network, weights, Folder["n.onnx"]);
        CliRun run = await CliRun.ConvoyAsync("convert", Folder["n.onnx"], Folder["out.safetensors"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using WeightSet written = WeightSet.Open(Folder["out.safetensors"]);
        Assert.That(Describe(written), Is.EqualTo(Describe(weights)));
    }

    [TestCase("out.h5")]
    [TestCase("out.weights.h5")]
    [TestCase("out.caffemodel")]
    public async Task For_a_network_Keras_and_Caffe_get_files_of_theirs(string output)
    {
        // A pair of numbers in which channels first and last differ.
        Network network = new NetworkBuilder("n", Shape.Image(2, 3, 1)).FullyConnected("fc", 2).Build();
        string model = Folder.Write("n.json", $$"""{"graph": {{NetworkFile.Describe(network)}}}""");
        CliRun run = await CliRun.ConvoyAsync("init", model, Folder["in.npz"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        foreach ((string from, string to) in new[] { ("in.npz", output), (output, "back.npz") })
        {
            run = await CliRun.ConvoyAsync("convert", Folder[from], Folder[to], "--model", model);
            Assert.That(run.ExitCode, Is.Zero, run.Error);
        }

        using WeightSet before = WeightSet.Open(Folder["in.npz"]);
        using WeightSet after = WeightSet.Open(Folder["back.npz"]);
        Assert.That(Describe(after), Is.EqualTo(Describe(before)));
        run = await CliRun.ConvoyAsync("init", model, Folder[output], "--force");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        using WeightSet made = WeightSet.Open(Folder[output]);
        Assert.That(Describe(made.FitTo(network).Weights), Is.EqualTo(Describe(before)));
    }

    [TestCase("out.h5", ExitCode.Failed, "Weights for Keras are written for a network alone")]
    [TestCase("out.keras", ExitCode.WrongUsage, "a .keras file is a whole model, whose layers are not written: Keras' load_weights reads *.weights.h5")]
    [TestCase("out.onnx", ExitCode.WrongUsage, "'convoy export' writes ONNX models")]
    [TestCase("out.caffemodel", ExitCode.Failed, "The tensor 'n' cannot be written as Caffe's")]
    public async Task What_takes_more_than_tensors_says_what_to_do(string output, int exitCode, string expected)
    {
        CliRun run = await CliRun.ConvoyAsync("convert", WriteMixed(), Folder[output]);
        Assert.That(run.ExitCode, Is.EqualTo(exitCode));
        Assert.That(run.Error, Does.Contain(expected));
        Assert.That(File.Exists(Folder[output]), Is.False);
    }

    [TestCase("h5", "bf16", "HDF5 has no bf16; write fp32 or fp16, or a safetensors file.")]
    [TestCase("caffemodel", "fp16", "Caffe has no fp16; write fp32, or a safetensors file.")]
    public async Task A_precision_that_the_file_has_not_is_wrong_usage(string ending, string precision, string expected)
    {
        CliRun run = await CliRun.ConvoyAsync("convert", WriteMixed(), Folder[$"out.{ending}"], "--precision", precision);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.Error, Does.Contain(expected));
    }

    private static float[] Numbers(WeightTensor tensor)
    {
        float[] values = new float[tensor.Shape.Count];
        tensor.CopyTo(values);
        return values;
    }

    private static IEnumerable<string> Describe(WeightSet weights) =>
        weights.Tensors.Select(tensor => $"{tensor} {Convert.ToHexString(StoredBytes.Of(tensor))}");

    /// <summary>Tensors of two types, and metadata.</summary>
    private string WriteMixed() => Folder.Write(
        "in.safetensors",
        SafetensorsBytes.Create(
            """{"__metadata__":{"author":"me"},"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"d":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}}""",
            [1, 0, 0, 0, 0, 0, 0, 0, .. BitConverter.GetBytes(0.5)]));

    [Test]
    public async Task Keras_weights_are_written_for_the_network_that_reads_them_and_not_without_it()
    {
        string weights = KerasFixture.Path("keras3.weights.h5");
        CliRun refused = await CliRun.ConvoyAsync("convert", weights, Folder["w.safetensors"]);
        Assert.That(refused.ExitCode, Is.EqualTo(1));
        Assert.That(refused.Error, Does.Contain("--model"));
        Assert.That(File.Exists(Folder["w.safetensors"]), Is.False);

        string model = KerasFixture.Path("keras3-sequential.keras");
        using ModelFile file = new KerasFormat().Load(model, ModelFileOptions.None);
        CliRun converted = await CliRun.ConvoyAsync("convert", model, Folder["w.safetensors"], "--model", model);
        Assert.That(converted.ExitCode, Is.Zero, converted.Error);

        // A file that has the network needs no other to be named.
        CliRun alone = await CliRun.ConvoyAsync("convert", model, Folder["alone.safetensors"]);
        Assert.That(alone.ExitCode, Is.Zero, alone.Error);
        Assert.That(await File.ReadAllBytesAsync(Folder["alone.safetensors"]), Is.EqualTo(await File.ReadAllBytesAsync(Folder["w.safetensors"])));
        using WeightSet written = WeightSet.Open(Folder["w.safetensors"]);
        Assert.That(written.Tensors.Select(tensor => tensor.Name), Is.EquivalentTo(file.Network.Parameters.Select(parameter => parameter.Name)));
        foreach (WeightTensor tensor in written.Tensors)
        {
            Assert.That(file.Weights!.TryGet(tensor.Name, out WeightTensor? own), Is.True, tensor.Name);
            Assert.That(Numbers(tensor), Is.EqualTo(Numbers(own!)), tensor.Name);
        }

        static float[] Numbers(WeightTensor tensor)
        {
            float[] numbers = new float[tensor.Shape.Count];
            tensor.CopyTo(numbers);
            return numbers;
        }
    }
}
