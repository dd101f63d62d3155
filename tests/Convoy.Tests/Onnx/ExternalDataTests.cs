using System.Runtime.InteropServices;
using Convoy.ModelFiles;
using Convoy.Onnx;
using Convoy.Onnx.Format;
using Convoy.Tests.Conformance;
using static Convoy.Onnx.Format.TensorProto.Types;

namespace Convoy.Tests.Onnx;

/// <summary>Tensors in files beside the model: in its own folder, and nowhere else.</summary>
public sealed class ExternalDataTests
{
    private static readonly float[] Numbers = TestData.Reals(16, 3);

    private string _root = "";
    private string _folder = "";

    [SetUp]
    public void CreateFolder()
    {
        _root = Directory.CreateTempSubdirectory("convoy-external-").FullName;
        _folder = Directory.CreateDirectory(Path.Combine(_root, "model")).FullName;
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    [TestCase("weights.bin")]
    [TestCase("deeper/weights.bin")]
    public void A_tensor_in_the_models_folder_is_read(string location)
    {
        string data = Path.Combine(_folder, location);
        Directory.CreateDirectory(Path.GetDirectoryName(data)!);
        WriteNumbers(data);
        string path = WriteModel(location, "16", "32");
        float[] input = TestData.Reals(8, 2);
        using ModelFile file = OnnxModel.Load(path);
        Agreement.AssertClose(ModelRun.Run(file, [input], Device.Reference)[0], OnnxRuntimeOracle.Run(path, (input, [2, 4]))[0], location);
    }

    [Test]
    public void A_link_to_a_file_in_the_folder_is_followed()
    {
        WriteNumbers(Path.Combine(_folder, "real.bin"));
        File.CreateSymbolicLink(Path.Combine(_folder, "link.bin"), "real.bin");
        Assert.That(() => OnnxModel.Load(WriteModel("link.bin", "0", "32")).Dispose(), Throws.Nothing);
    }

    [Test]
    public void A_link_out_of_the_folder_is_refused([Values] bool isFolder)
    {
        WriteNumbers(Path.Combine(_root, "outside.bin"));
        string location = isFolder ? "up/outside.bin" : "link.bin";
        if (isFolder)
        {
            Directory.CreateSymbolicLink(Path.Combine(_folder, "up"), _root);
        }
        else
        {
            File.CreateSymbolicLink(Path.Combine(_folder, "link.bin"), Path.Combine(_root, "outside.bin"));
        }

        AssertRefused(WriteModel(location, "0", "32"), "which is not within the model's own folder");
    }

    [Test]
    public void A_path_out_of_the_folder_is_refused([Values("../outside.bin", "a/../../outside.bin", "/etc/passwd", "..")] string location)
    {
        WriteNumbers(Path.Combine(_root, "outside.bin"));
        AssertRefused(WriteModel(location, "0", "32"), "which is not within the model's own folder");
    }

    [TestCase("64", "32", "has 32 from 64 on of the 64")]
    [TestCase("0", "16", "needs 32 bytes, but has 16")]
    [TestCase("-8", "32", "has the offset '-8', which is no number of bytes")]
    [TestCase("9223372036854775807", "32", "from 9,223,372,036,854,775,807 on")]
    public void A_section_that_the_file_does_not_have_is_refused(string offset, string length, string reason)
    {
        WriteNumbers(Path.Combine(_folder, "weights.bin"));
        AssertRefused(WriteModel("weights.bin", offset, length), reason);
    }

    [Test]
    public void A_file_that_is_not_there_or_none_is_refused_by_its_name([Values("missing.bin", "sub", "")] string location)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sub"));
        AssertRefused(WriteModel(location, "0", "32"), location.Length > 0 ? location : "in a file that it does not name");
    }

    [Test]
    public void A_model_in_a_stream_has_no_folder()
    {
        WriteNumbers(Path.Combine(_folder, "weights.bin"));
        using FileStream stream = File.OpenRead(WriteModel("weights.bin", "0", "32"));
        Assert.That(() => OnnxModel.Load(stream, "a stream"), Throws.TypeOf<ModelFileException>().With.Message.Contains("load it by its path"));
    }

    private static void WriteNumbers(string path) => File.WriteAllBytes(path, MemoryMarshal.AsBytes(Numbers.AsSpan()).ToArray());

    private static void AssertRefused(string path, string reason) =>
        Assert.That(() => OnnxModel.Load(path), Throws.TypeOf<ModelFileException>().With.Message.Contains(reason).And.Message.Contains(path));

    /// <summary>A model whose matrix of 4 x 2 is elsewhere.</summary>
    private string WriteModel(string location, string offset, string length)
    {
        var weight = new TensorProto { Name = "w", DataType = (int)DataType.Float, Dims = { 4, 2 }, DataLocation = DataLocation.External };
        weight.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        weight.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = offset });
        weight.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = length });
        string path = Path.Combine(_folder, "model.onnx");
        File.WriteAllBytes(path, new TinyModel().Input("x", -1, 4).Add(weight).Node("MatMul x w -> y").Output("y").Bytes);
        return path;
    }
}
