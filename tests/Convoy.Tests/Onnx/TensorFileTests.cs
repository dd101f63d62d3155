using Convoy.ModelFiles;
using Convoy.Models;
using Convoy.Onnx;
using Convoy.Onnx.Format;
using Google.Protobuf;

namespace Convoy.Tests.Onnx;

/// <summary>Single tensors in files, and what is taken for one.</summary>
public sealed class TensorFileTests : FolderFixture
{
    [Test]
    public void A_tensor_is_read_back()
    {
        var tensor = new NamedTensor("x", [2, 1, 3], [1, -2, 0.5f, float.NaN, float.NegativeInfinity, -0f]);
        OnnxTensorFile.Write(Folder["x.pb"], tensor);
        NamedTensor read = OnnxTensorFile.Read(Folder["x.pb"]);
        Assert.That((read.Name, read.Extents, read.Values), Is.EqualTo((tensor.Name, tensor.Extents, tensor.Values)));
    }

    [Test]
    public void A_model_is_told_from_a_tensor()
    {
        using WeightSet weights = WeightSet.Random(LeNet5.Create(), 1);
        OnnxModel.Save(LeNet5.Create(), weights, Folder["model.pb"]);
        Refuse("model.pb", $"{Folder["model.pb"]} is no ONNX TensorProto");
    }

    [Test]
    public void Numbers_in_a_file_of_their_own_are_told()
    {
        var proto = new TensorProto { Name = "x", DataType = 1, DataLocation = TensorProto.Types.DataLocation.External };
        proto.Dims.Add(2);
        proto.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "w.bin" });
        Folder.Write("x.pb", proto.ToByteArray());
        Refuse("x.pb", $"The tensor {Folder["x.pb"]} cannot be used: its numbers are in a file of their own");
    }

    private void Refuse(string name, string sentence) => Assert.That(
        () => OnnxTensorFile.Read(Folder[name]),
        Throws.TypeOf<ModelFileException>().With.Message.StartsWith(sentence));
}
