using System.Runtime.InteropServices;
using Convoy.ModelFiles;
using Convoy.Onnx.Format;
using Convoy.Tests.Conformance;
using Google.Protobuf;
using static Convoy.Onnx.Export.OnnxAttribute;
using static Convoy.Onnx.Format.TensorProto.Types;

namespace Convoy.Tests.Onnx;

/// <summary>Initialisers of every kind of real number, as bytes and as numbers.</summary>
public sealed class ElementTypeTests
{
    private static readonly float[] Numbers = [0.5f, -1.25f, 3, 0.0078125f, -2, 1.5f];

    [Test]
    public void An_initialiser_of_any_real_type_is_read(
        [Values(nameof(DataType.Float), nameof(DataType.Float16), nameof(DataType.Bfloat16), nameof(DataType.Double))] string typeName, [Values] bool isRaw, [Values] bool isAmongInputs)
    {
        DataType type = Enum.Parse<DataType>(typeName);
        TinyModel model = new TinyModel().Input("x", -1, 3).Add(Tensor(type, isRaw)).Node("Cast w -> f", Int("to", 1)).Node("MatMul x f -> y").Output("y");
        if (isAmongInputs)
        {
            model.Proto.Graph.Input.Add(new ValueInfoProto
            {
                Name = "w",
                Type = new TypeProto
                {
                    TensorType = new() { ElemType = (int)type, Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimValue = 3 }, new TensorShapeProto.Types.Dimension { DimValue = 2 } } } },
                },
            });
        }

        float[] input = TestData.Reals(6, 1);
        using ModelFile file = model.Load();
        Assert.That(file.Inputs.Select(port => port.Name), Is.EqualTo(new[] { "x" }));
        Agreement.AssertClose(ModelRun.Run(file, [input], Device.Reference)[0], OnnxRuntimeOracle.Run(model.Bytes, (input, [2, 3]))[0], $"{type}");
    }

    [Test]
    public void Bytes_of_single_and_half_precision_stay_where_they_lie([Values(nameof(DataType.Float), nameof(DataType.Float16), nameof(DataType.Bfloat16))] string typeName)
    {
        TensorProto weight = Tensor(Enum.Parse<DataType>(typeName), isRaw: true);
        weight.Dims.Clear();
        weight.Dims.AddRange([2L, 3]);
        TinyModel model = new TinyModel().Input("x", -1, 3).Add(weight).Node("Gemm x w -> y", Int("transB", 1)).Output("y");
        using ModelFile file = model.Load();
        WeightTensor tensor = file.Weights!.Tensors.Single();
        byte[] bytes = new byte[tensor.ByteCount];
        tensor.CopyBytesTo(bytes);
        Assert.That(bytes, Is.EqualTo(weight.RawData.ToByteArray()));
    }

    [Test]
    public void A_tensor_that_does_not_hold_what_its_extents_say_is_refused([Values] bool isRaw)
    {
        TensorProto weight = Tensor(DataType.Float, isRaw);
        weight.Dims[0] = 4;
        TinyModel model = new TinyModel().Input("x", -1, 4).Add(weight).Node("MatMul x w -> y").Output("y");
        Assert.That(() => model.Load(), Throws.TypeOf<ModelFileException>().With.Message.Contains("the tensor 'w' of the extents [4, 2] holds"));
    }

    private static TensorProto Tensor(DataType type, bool isRaw)
    {
        var tensor = new TensorProto { Name = "w", DataType = (int)type, Dims = { 3, 2 } };
        ushort[] bits = type == DataType.Float16
            ? [.. Numbers.Select(number => BitConverter.HalfToUInt16Bits((Half)number))]
            : [.. Numbers.Select(number => (ushort)(BitConverter.SingleToUInt32Bits(number) >> 16))];
        double[] doubles = [.. Numbers.Select(number => (double)number)];
        if (isRaw)
        {
            tensor.RawData = ByteString.CopyFrom(type switch
            {
                DataType.Float => MemoryMarshal.AsBytes(Numbers.AsSpan()),
                DataType.Double => MemoryMarshal.AsBytes(doubles.AsSpan()),
                _ => MemoryMarshal.AsBytes(bits.AsSpan()),
            });
            return tensor;
        }

        switch (type)
        {
            case DataType.Float:
                tensor.FloatData.AddRange(Numbers);
                break;
            case DataType.Double:
                tensor.DoubleData.AddRange(doubles);
                break;
            default:
                tensor.Int32Data.AddRange(bits.Select(each => (int)each));
                break;
        }

        return tensor;
    }
}
