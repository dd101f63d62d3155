using Convoy.Cli.Options;
using Convoy.Weights.Formats;

namespace Convoy.Tests.Weights;

/// <summary>A file that is no weights file is told by its content, whatever its name, with what to do.</summary>
public sealed class ForeignFileTests : FolderFixture
{
    private static IEnumerable<TestCaseData> Files =>
    [
        Case("pickle", ForeignBytes.Pickle, "it is a Python pickle"),
        Case("another zip", ForeignBytes.OtherZip, "it is a zip archive; unpack it"),
        Case("an empty zip", ForeignBytes.EmptyZip, "it is a zip archive"),
        Case("a zip cut short", ForeignBytes.OtherZip[..20], "it is a zip archive"),
        Case("ONNX", ForeignBytes.Onnx, "it is an ONNX model, which has a network too; name it in place of the model"),
        Case("ONNX cut short", ForeignBytes.Onnx[..^1], "it is an ONNX model, which has a network too"),
        Case("ONNX cut short behind its graph", [8, 10, .. ForeignBytes.Message((7, [8, 1]), (8, [16, 13]))[..^1]], "it is an ONNX model, which has a network too"),
        Case("ONNX cut short in a length behind its graph", [8, 10, .. ForeignBytes.Message((7, [8, 1])), 66], "it is an ONNX model, which has a network too"),
        Case("a TensorFlow graph", ForeignBytes.FrozenGraph, "it is a frozen TensorFlow graph (a GraphDef), which is not read; save the model with Keras as .keras or .h5, or export it as ONNX"),
        Case("a TensorFlow model", ForeignBytes.SavedModel, "it is a TensorFlow SavedModel (saved_model.pb), which is not read; save the model with Keras as .keras or .h5, or export it as ONNX"),
        Case("gzip", ForeignBytes.Gzip(SafetensorsBytes.Create("{}", [])), "it is compressed with gzip; unpack it first"),
        Case(
            "Git LFS",
            "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"u8.ToArray(),
            "it is a Git LFS pointer, not the file it stands for; fetch that with 'git lfs pull'"),
        Case("HTML", "<!DOCTYPE html>\n<html><body>404</body></html>"u8.ToArray(), "it is a web page (HTML)"),
        Case("HTML behind a mark and blanks", [0xEF, 0xBB, 0xBF, .. "\r\n <HTML lang=\"en\">"u8], "it is a web page (HTML)"),
        Case("nothing", [], "it is empty"),
    ];

    // Protobuf has no signature, so that others' messages must not pass for models; nor may what is merely alike.
    private static IEnumerable<TestCaseData> Unknown =>
    [
        new TestCaseData((byte[])[8, 1, .. ForeignBytes.Message((2, new byte[9000]))]).SetArgDisplayNames("a version and zeros"),
        new TestCaseData((byte[])[8, 8, .. ForeignBytes.Message((2, "onnx"u8.ToArray()))]).SetArgDisplayNames("an ONNX model without its graph"),
        new TestCaseData((byte[])[8, 1, 8, 1, 8, 28, 8, 28, 16, 1, .. ForeignBytes.Message((9, new byte[4]))]).SetArgDisplayNames("an ONNX tensor"),
        new TestCaseData("name: \"AlexNet\"\nlayer {}"u8.ToArray()).SetArgDisplayNames("a prototxt"),
        new TestCaseData("<htm"u8.ToArray()).SetArgDisplayNames("half a word"),
        new TestCaseData(Enumerable.Repeat((byte)0xFF, 5000).ToArray()).SetArgDisplayNames("bytes of ones"),
        new TestCaseData(new byte[5000]).SetArgDisplayNames("zeros"),
    ];

    [TestCaseSource(nameof(Files))]
    public void A_foreign_file_is_named_with_what_to_do(byte[] file, string expected)
    {
        Assert.That(
            () => WeightSet.Load(file, "test"),
            Throws.TypeOf<WeightException>().With.Message.StartsWith($"Cannot read the weights of 'test': {expected}").And.Message.EndsWith("."));
        if (file.Length > 0)
        {
            string path = Folder.Write("named.safetensors", file);
            Assert.That(() => WeightSet.Open(path), Throws.TypeOf<WeightException>().With.Message.StartsWith($"Cannot read the weights of '{path}': {expected}"));
        }
    }

    [TestCaseSource(nameof(Unknown))]
    public void What_is_not_known_is_not_guessed(byte[] file) =>
        Assert.That(
            () => WeightSet.Load(file, "test"),
            Throws.TypeOf<WeightException>().With.Message.StartsWith("Cannot read the weights of 'test': it begins with the bytes "));

    [Test]
    public void The_beginning_of_a_file_may_be_cut_anywhere()
    {
        foreach (byte[] file in new[] { ForeignBytes.Onnx, ForeignBytes.CaffeModel, ForeignBytes.OldCaffeModel, ForeignBytes.Hdf5(512) })
        {
            for (int length = 0; length < Math.Min(file.Length, 700); length++)
            {
                Assert.That(() => ForeignFiles.Describe(file.AsSpan(0, length), file.Length), Throws.Nothing, $"{length} bytes");
                Assert.That(() => ForeignFiles.Describe(file.AsSpan(0, length), length), Throws.Nothing, $"{length} bytes");
            }
        }
    }

    [TestCase("*.onnx", "it is an ONNX model")]
    [TestCase("*.pb", "it begins with the bytes ")]
    public void Files_that_others_wrote_are_told_apart(string pattern, string expected)
    {
        string[] files =
        [
            .. Directory.GetFiles(SharedData.Require("models"), pattern, SearchOption.AllDirectories),
            .. Directory.GetFiles(SharedData.Require("onnx-node-tests"), pattern, SearchOption.AllDirectories),
        ];
        Assert.That(files, Is.Not.Empty);
        foreach (string path in files.Where(path => new FileInfo(path).Length > 0))
        {
            Assert.That(() => WeightSet.Open(path), Throws.TypeOf<WeightException>().With.Message.StartsWith($"Cannot read the weights of '{path}': {expected}"));
        }
    }

    [Test]
    public void Every_format_has_a_name_of_its_own_and_knows_what_it_wrote()
    {
        Assert.That(WeightFormats.All.Select(format => format.Name), Is.Unique);
        Assert.That(WeightFormats.All.SelectMany(format => format.Endings), Is.Unique.And.All.StartsWith("."));
        foreach (IWritableWeightFormat format in WeightFormats.All.OfType<IWritableWeightFormat>())
        {
            var file = new MemoryStream();
            Network network = new NetworkBuilder("n", Shape.Vector(2)).FullyConnected("fc", 1, bias: false).Build();
            using WeightSet weights = WeightSet.Random(network, 1);
            format.Write(file, new WrittenWeights([.. weights.Tensors], weights.Metadata, Convoy.Tensors.ElementType.Float32) { Network = network });
            byte[] bytes = file.ToArray();
            Assert.That(WeightFormats.All.Where(each => each.Recognizes(bytes, bytes.Length)), Is.EqualTo(new[] { format }));
        }
    }

    [Test]
    public void The_command_line_knows_every_format_that_is_written() => Assert.That(
        WrittenFile.Endings,
        Is.EquivalentTo(WeightFormats.All.OfType<IWritableWeightFormat>().SelectMany(format => format.Endings)));

    private static TestCaseData Case(string name, byte[] file, string expected) => new TestCaseData(file, expected).SetArgDisplayNames(name);
}
