using System.IO.Compression;
using static Convoy.Tests.Weights.TorchFiles;

namespace Convoy.Tests.Weights;

/// <summary>PyTorch's files, both kinds: tensors are found wherever they lie, and nothing is run.</summary>
public sealed class PyTorchReadingTests : FolderFixture
{
    private static readonly byte[] Six = Floats(1, 2, 3, 4, 5, 6);

    private static IEnumerable<Device> Devices => [Device.Reference, .. TestDevices.Judged];

    [Test]
    public void Tensors_are_found_wherever_they_lie_in_their_storages([Values] bool isZip)
    {
        byte[] storage = Storage("FloatStorage", "7", 6, "cuda:0");
        byte[] root = Ordered(
            ("plain.weight", Tensor(storage, 0, [2, 3], [3, 1])),
            ("turned", Tensor(storage, 0, [3, 2], [1, 3])),
            ("tail", Tensor(storage, 4, [2], [1])),
            ("every.second", Tensor(storage, 1, [3], [2])),
            ("scalar", Tensor(storage, 5, [], [])),
            ("nothing", Tensor(storage, 0, [0, 3], [3, 1])),
            ("single", Tensor(storage, 2, [1, 1], [99, 77])),
            ("parameter", Call(Global("torch._utils", "_rebuild_parameter"), Tensor(storage, 0, [6], [1]), [0x88], Ordered())));
        using WeightSet weights = WeightSet.Load(isZip ? Archive(root, null, ("7", Six)) : Legacy(root, true, ("7", 6, Six)), "test");
        Assert.That(
            weights.Tensors.Select(tensor => $"{tensor} {string.Join(' ', Read(tensor))}"),
            Is.EqualTo(new[]
            {
                "plain.weight (Float32) [2, 3] 1 2 3 4 5 6", "turned (Float32) [3, 2] 1 4 2 5 3 6", "tail (Float32) [2] 5 6",
                "every.second (Float32) [3] 2 4 6", "scalar (Float32) [] 6", "single (Float32) [1, 1] 3", "parameter (Float32) [6] 1 2 3 4 5 6",
            }));
    }

    [Test]
    public void Every_type_is_read_in_either_byte_order([Values] bool isZip, [Values] bool isBigEndian)
    {
        (string Type, ElementType Expected, byte[] Numbers)[] types =
        [
            ("FloatStorage", ElementType.Float32, BitConverter.GetBytes(-1.5f)), ("DoubleStorage", ElementType.Float64, BitConverter.GetBytes(-1.5)),
            ("HalfStorage", ElementType.Float16, BitConverter.GetBytes((Half)(-1.5f))), ("BFloat16Storage", ElementType.BFloat16, [0xC0, 0xBF]),
            ("LongStorage", ElementType.Int64, BitConverter.GetBytes(7L)), ("ByteStorage", ElementType.UInt8, [7]), ("BoolStorage", ElementType.Boolean, [1]),
        ];
        byte[][] stored = [.. types.Select(each => isBigEndian ? each.Numbers.Reverse().ToArray() : each.Numbers)];
        byte[] root = DictionaryOf([.. types.Select((each, i) => ($"t{i}", Tensor(Storage(each.Type, $"{i}", 1), 0, [1], [1])))]);
        using WeightSet weights = WeightSet.Load(
            isZip ? Archive(root, isBigEndian ? "big" : "little", [.. stored.Select((numbers, i) => ($"{i}", numbers))])
                : Legacy(root, !isBigEndian, [.. stored.Select((numbers, i) => ($"{i}", 1L, numbers))]),
            "test");
        foreach (((_, ElementType expected, byte[] numbers), WeightTensor tensor) in types.Zip(weights.Tensors))
        {
            Assert.That(tensor.ElementType, Is.EqualTo(expected));
            Assert.That(StoredBytes.Of(tensor), Is.EqualTo(numbers), tensor.ToString());
        }
    }

    [TestCase("state_dict")]
    [TestCase("model")]
    public void A_checkpoint_gives_its_weights_and_its_optimizers_state_is_passed_over(string key)
    {
        byte[] state = [.. Text("state"), (byte)'}', (byte)'(', .. Number(0), .. DictionaryOf(("exp_avg", Vector("2", 2))), (byte)'u'];
        byte[] root = DictionaryOf(
            ("epoch", Number(3)),
            ("optimizer", [(byte)'}', (byte)'(', .. state, (byte)'u']),
            (key, Ordered(("module.fc.weight", Tensor(Storage("FloatStorage", "0", 2), 0, [1, 2], [2, 1])), ("module.fc.bias", Vector("1", 1)))),
            ("best", Call(Global("numpy.core.multiarray", "scalar"), None)));
        using WeightSet weights = WeightSet.Load(Archive(root, null, ("0", Floats(2, 3)), ("1", Floats(1)), ("2", Floats(0, 0))), "test");
        Assert.That(weights.Tensors.Select(tensor => tensor.Name), Is.EqualTo(new[] { "module.fc.weight", "module.fc.bias", "optimizer.state.0.exp_avg" }));
        Network network = new NetworkBuilder("small", Shape.Vector(2)).FullyConnected("fc", 1).Build();
        WeightFit fit = weights.FitTo(network);
        Assert.That(fit.Naming, Is.EqualTo(WeightNaming.Prefix));
        Assert.That(fit.PassedOver.Select(tensor => tensor.Name), Is.EqualTo(new[] { "optimizer.state.0.exp_avg" }));
    }

    [TestCase("os", "system")]
    [TestCase("posix", "system")]
    [TestCase("builtins", "eval")]
    [TestCase("torchvision.models.alexnet", "AlexNet")]
    [TestCase("__main__", "Net")]
    [TestCase("torch.storage", "_load_from_bytes")]
    [TestCase("torch", "load")]
    public void What_is_no_tensor_is_refused_by_name_and_never_run(string module, string name)
    {
        string expected = $"its pickle names '{module}.{name}', which tensors are not made of, and of which nothing is run; save the model's state_dict() alone with torch.save.";
        byte[] byLine = Call(Global(module, name), Text($"touch {Folder["ran"]}"));
        byte[] byStack = [.. Text(module), .. Text(name), 0x93, .. TupleOf(Text("x")), (byte)'R'];
        foreach (byte[] root in new[] { byLine, byStack, Ordered(("a", Vector("0", 1)), ("b", byLine)) })
        {
            CheckRefused(Archive(root, null, ("0", Floats(1))), expected);
            CheckRefused(Legacy(root, true, ("0", 1, Floats(1))), expected);
        }

        Assert.That(File.Exists(Folder["ran"]), Is.False);
    }

    [Test]
    public void A_tensor_that_reaches_out_of_its_storage_or_repeats_it_is_refused([Values] bool isZip)
    {
        byte[] storage = Storage("FloatStorage", "0", 6);
        foreach ((byte[] tensor, string expected) in new[]
        {
            (Tensor(storage, 0, [7], [1]), "tensor 'a' reaches out of its storage of 6 numbers"),
            (Tensor(storage, 5, [2], [1]), "tensor 'a' reaches out of"),
            (Tensor(storage, -1, [2], [1]), "tensor 'a' reaches out of"),
            (Tensor(storage, long.MaxValue, [2], [1]), "tensor 'a' reaches out of"),
            (Tensor(storage, 0, [2], [long.MaxValue]), "tensor 'a' reaches out of"),
            (Tensor(storage, 0, [3, 3], [long.MaxValue, long.MaxValue]), "tensor 'a' reaches out of"),
            (Tensor(storage, 0, [100, 6], [0, 1]), "tensor 'a' repeats the numbers of its storage"),
            (Tensor(storage, 0, [2], [-1]), "no whole number, or a negative one"),
            (Tensor(storage, 0, [-2], [1]), "no whole number, or a negative one"),
            (Tensor(storage, 0, [2], []), "has 1 extents and 0 strides"),
            (Tensor(storage, 0, [1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1]), "8 at most"),
            (Tensor(storage, 0, [65536, 65536], [0, 0]), "is larger than 2 GiB"),
            (Tensor(storage, 0, [long.MaxValue, long.MaxValue], [0, 0]), "is larger than 2 GiB"),
        })
        {
            byte[] root = Ordered(("a", tensor));
            CheckRefused(isZip ? Archive(root, null, ("0", Six)) : Legacy(root, true, ("0", 6, Six)), expected);
        }
    }

    [Test]
    public void A_storage_that_is_not_what_the_pickle_says_is_refused()
    {
        byte[] root = Ordered(("a", Vector("0", 6)));
        CheckRefused(Archive(root, null, ("1", Six)), "its zip archive has no storage '0'");
        CheckRefused(Archive(root, null, ("0", Six[..20])), "its storage '0' of 6 numbers has 20 bytes");
        CheckRefused(Archive(root, "middle", ("0", Six)), "it does not say in which order its numbers' bytes come");
        CheckRefused(Legacy(root, true), "it has no storage '0'");
        CheckRefused(Legacy(root, true, ("0", 5, Six)), "its storage '0' of 6 numbers is not as long as");
        CheckRefused(Legacy(root, true, ("0", 6, Six[..20])), "its storage '0' of 6 numbers is not as long as");
        CheckRefused(Legacy(root, true, ("0", 6, Six), ("0", 6, Six)), "its storage '0' of 6 numbers is not as long as");
        CheckRefused(Legacy(root, true, ("1", 6, Six)), "it lists a storage that no tensor has");
        CheckRefused(Legacy(Ordered(("a", Vector("0", 6)), ("b", Vector("0", 5))), true, ("0", 6, Six)), "it has two storages '0'");
        CheckRefused(Archive(Ordered(("a", Vector("0", 6)), ("a", Vector("0", 6))), null, ("0", Six)), "it has two tensors named 'a'");
        byte[] view = Tensor(Storage("FloatStorage", "0", 6, view: TupleOf(Text("1"), Number(0), Number(3))), 0, [3], [1]);
        CheckRefused(Legacy(Ordered(("a", view)), true, ("0", 6, Six)), "its storages are views of one another");
    }

    [Test]
    public void A_malformed_pickle_is_refused()
    {
        foreach ((byte[] root, string expected) in new (byte[], string)[]
        {
            ([], "malformed"),
            ([(byte)'t'], "malformed"),
            ([(byte)'('], "malformed"),
            ([(byte)'0'], "malformed"),
            ([(byte)'h', 5], "malformed"),
            ([(byte)'N', (byte)'N'], "malformed"),
            ([(byte)'N', (byte)'N', (byte)'s'], "malformed"),
            ([(byte)'X', 0xFF, 0xFF, 0xFF, 0xFF], "cut short"),
            ([0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "cut short"),
            ([(byte)'S', (byte)'x'], "its pickle has the instruction 0x53 at byte 2,"),
            ([(byte)'i'], "its pickle has the instruction 0x69"),
            ([0x80, 6], "its pickle is of version 6"),
            (Call(Global("torch._utils", "_rebuild_tensor_v2"), None), "its pickle calls 'torch._utils._rebuild_tensor_v2' with arguments that it does not take"),
            ([.. TupleOf(Text("storage")), (byte)'Q'], "something that is no storage of numbers"),
            ([(byte)'c', .. new byte[5000]], "does not end"),
        })
        {
            CheckRefused(Archive(root, null), expected);
        }
    }

    [Test]
    public void A_pickle_that_holds_itself_or_shares_without_end_ends()
    {
        // d = {}; d["d"] = d.
        byte[] circle = [(byte)'}', (byte)'q', 0, .. Text("d"), (byte)'h', 0, (byte)'s', .. Text("t"), .. Vector("0", 1), (byte)'s'];
        using (WeightSet weights = WeightSet.Load(Archive(circle, null, ("0", Floats(1))), "test"))
        {
            Assert.That(weights.Tensors.Select(tensor => tensor.Name), Is.EqualTo(new[] { "t" }));
        }

        // Thirty lists, each of which holds the one before twice.
        byte[] laughs = [(byte)']', .. Enumerable.Repeat((byte[])[(byte)'2', 0x86], 30).SelectMany(each => each)];
        using (WeightSet weights = WeightSet.Load(Archive(laughs, null), "test"))
        {
            Assert.That(weights.Tensors, Is.Empty);
        }

        CheckRefused(Archive([.. None, .. Enumerable.Repeat((byte)0x85, 100_000)], null), "its pickle is nested more than 32 deep");
    }

    [Test]
    public void Every_truncation_is_refused([Values] bool isZip)
    {
        byte[] root = Ordered(("a", Vector("0", 6)));
        byte[] whole = isZip ? Archive(root, "little", ("0", Six)) : Legacy(root, true, ("0", 6, Six));
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.That(() => WeightSet.Load(whole.AsMemory(0, length), "test"), Throws.TypeOf<WeightException>(), $"{length} bytes");
        }
    }

    [Test]
    public void A_compressed_archive_and_other_entries_do_no_harm()
    {
        byte[] file = NpyBytes.Zip(
            CompressionLevel.Optimal,
            ("x/y/data.pkl", Pickle(Ordered(("a", Vector("0", 6))))), ("x/y/version", [51, 10]), ("x/y/.data/serialization_id", [1]), ("x/y/data/0", Six));
        using WeightSet weights = WeightSet.Load(file, "test");
        Assert.That(Read(weights.Tensors.Single()), Is.EqualTo(new[] { 1f, 2, 3, 4, 5, 6 }));
    }

    [Test]
    public void A_tar_archive_is_told()
    {
        byte[] tar = new byte[1024];
        "sys_info"u8.CopyTo(tar);
        "ustar"u8.CopyTo(tar.AsSpan(257));
        CheckRefused(tar, "it is a tar archive, as PyTorch saved before version 0.1.10");
    }

    [TestCaseSource(nameof(Devices))]
    public void Weights_that_others_trained_give_their_answers(Device device)
    {
        Network lenet = new NetworkBuilder("lenet", Shape.Image(1, 28, 28))
            .Convolution("conv1", 6, kernel: 5, activation: Activation.Relu)
            .MaxPool("pool1", 2, stride: 2)
            .Convolution("conv2", 16, kernel: 5, activation: Activation.Relu)
            .MaxPool("pool2", 2, stride: 2)
            .FullyConnected("fc1", 120, activation: Activation.Relu)
            .FullyConnected("fc2", 84, activation: Activation.Relu)
            .FullyConnected("fc3", 10)
            .Softmax("prob")
            .Build();
        CheckAnswers(device, lenet, SharedData.Require("models/lenet-torch-openvino"), "lenet.pth", WeightNaming.Same);
        Network nested = new NetworkBuilder("lenet5", Shape.Image(1, 32, 32))
            .Convolution("conv1", 6, kernel: 5, activation: Activation.Relu)
            .MaxPool("pool1", 2, stride: 2)
            .Convolution("conv2", 16, kernel: 5, activation: Activation.Relu)
            .MaxPool("pool2", 2, stride: 2)
            .Convolution("conv3", 120, kernel: 5, activation: Activation.Relu)
            .FullyConnected("fc1", 84, activation: Activation.Relu)
            .FullyConnected("fc2", 10)
            .Build();
        CheckAnswers(device, nested, SharedData.Require("models/lenet-pt-khushbu"), "mnist_cnn.pt", WeightNaming.OrderAndShape);
    }

    private static void CheckAnswers(Device device, Network network, string folder, string file, WeightNaming naming)
    {
        float[] images = NpyFile.Read(Path.Combine(folder, "input.npy")).Values;
        float[] expected = NpyFile.Read(Path.Combine(folder, "expected.npy")).Values;
        using WeightSet weights = WeightSet.Open(Path.Combine(folder, file));
        WeightFit fit = weights.FitTo(network);
        Assert.That(fit.Naming, Is.EqualTo(naming));
        using InferenceSession session = network.Compile(device, fit.Weights, new SessionOptions { BatchSize = 4 });
        float[] answers = new float[expected.Length];
        session.Run(images, answers);
        Assert.That(answers, Is.EqualTo(expected).Within(1e-4));
    }

    private static void CheckRefused(byte[] file, string expected)
    {
        var error = Assert.Throws<WeightException>(() => WeightSet.Load(file, "test"));
        Assert.That(error.Message, Does.StartWith("Cannot read the weights of 'test': ").And.EndsWith(".").And.Contains(expected));
    }

    private static float[] Read(WeightTensor tensor)
    {
        float[] values = new float[tensor.Shape.Count];
        tensor.CopyTo(values);
        return values;
    }
}
