using System.Buffers.Binary;
using System.Runtime.InteropServices;
using CommunityToolkit.HighPerformance;
using Convoy.Onnx.Format;
using Google.Protobuf.Collections;
using static Convoy.Onnx.Format.TensorProto.Types;

namespace Convoy.Onnx.Import;

/// <summary>
/// Reads tensors that the model stores, and makes new ones of numbers that were computed. Bytes that are as weights want them stay
/// where they lie, in the model or in a file beside it.
/// </summary>
/// <param name="source">What messages call the model.</param>
/// <param name="external">The files beside it.</param>
/// <param name="budget">What may be computed.</param>
internal sealed class Tensors(string source, ExternalData external, FoldingBudget budget)
{
    private readonly List<WeightStorage> _storages = [];

    /// <summary>Whatever the tensors' bytes are in, besides <see cref="ExternalData.Files"/>.</summary>
    public IEnumerable<WeightStorage> Storages => _storages;

    /// <summary>Reads a tensor.</summary>
    /// <exception cref="UnsupportedException">Its type is not one that is computed with, or it is malformed.</exception>
    public Value Read(TensorProto proto)
    {
        if (proto.Segment is not null)
        {
            throw new UnsupportedException($"{Quote(proto)} is only a segment of a tensor");
        }

        Axes.CheckRank(proto.Dims.Count);
        ImmutableArray<int> extents = [.. proto.Dims.Select(Axes.Extent)];
        long count = Axes.Count(extents);
        return (DataType)proto.DataType switch
        {
            DataType.Float => ReadReals(proto, extents, count, ElementType.Float32),
            DataType.Float16 => ReadReals(proto, extents, count, ElementType.Float16),
            DataType.Bfloat16 => ReadReals(proto, extents, count, ElementType.BFloat16),
            DataType.Double => ReadDoubles(proto, extents, count),
            DataType.Int64 => ReadIntegers(proto, extents, count, sizeof(long), proto.Int64Data, value => value, BinaryPrimitives.ReadInt64LittleEndian),
            DataType.Int32 => ReadIntegers(proto, extents, count, sizeof(int), proto.Int32Data, value => value, bytes => BinaryPrimitives.ReadInt32LittleEndian(bytes)),
            DataType.Bool or DataType.Uint8 => ReadIntegers(proto, extents, count, 1, proto.Int32Data, value => value, bytes => bytes[0]),
            DataType.Int8 => ReadIntegers(proto, extents, count, 1, proto.Int32Data, value => value, bytes => (sbyte)bytes[0]),
            var type => throw new UnsupportedException($"{Quote(proto)} holds {ElementTypeNames.Of((int)type)}, which are not computed with"),
        };
    }

    /// <inheritdoc cref="FoldingBudget.Spend"/>
    public void Spend(long numbers) => budget.Spend(numbers);

    /// <summary>A tensor of numbers that were computed.</summary>
    public FloatConstant Create(ImmutableArray<int> extents, float[] values)
    {
        budget.Spend(values.Length);
        return Store(extents, ElementType.Float32, values.AsMemory().AsBytes());
    }

    /// <summary>A tensor of one number over and over, which takes no memory.</summary>
    public FloatConstant CreateFilled(ImmutableArray<int> extents, float value)
    {
        long bytes = Axes.Count(extents) * sizeof(float);
        budget.Fill(bytes);
        var storage = new FilledStorage(source, bytes, value);
        _storages.Add(storage);
        return new FloatConstant(extents, ElementType.Float32, storage, 0);
    }

    /// <summary>The numbers of a tensor in an array of their own.</summary>
    public float[] ToArray(FloatConstant tensor)
    {
        budget.Spend(tensor.Count);
        float[] values = new float[tensor.Count];
        if (values.Length > 0)
        {
            tensor.ToTensor("constant", new Shape(tensor.Extents.AsSpan())).CopyTo(values);
        }

        return values;
    }

    private FloatConstant ReadReals(TensorProto proto, ImmutableArray<int> extents, long count, ElementType type)
    {
        long bytes = checked(count * type.SizeInBytes());
        if (proto.DataLocation == DataLocation.External)
        {
            (WeightStorage file, long offset) = external.Find(proto, bytes);
            return new FloatConstant(extents, type, file, offset);
        }

        if (proto.HasRawData)
        {
            CheckLength(proto, proto.RawData.Length, bytes, "bytes");
            return Store(extents, type, proto.RawData.Memory);
        }

        if (type == ElementType.Float32)
        {
            CheckLength(proto, proto.FloatData.Count, count, "numbers");
            return Store(extents, type, proto.FloatData.ToArray().AsMemory().AsBytes());
        }

        // Shorter ones come as the bits of whole numbers.
        CheckLength(proto, proto.Int32Data.Count, count, "numbers");
        return Store(extents, type, proto.Int32Data.Select(bits => (ushort)bits).ToArray().AsMemory().AsBytes());
    }

    private FloatConstant ReadDoubles(TensorProto proto, ImmutableArray<int> extents, long count)
    {
        double[] values;
        if (proto.DataLocation == DataLocation.External || proto.HasRawData)
        {
            byte[] bytes = ReadBytes(proto, checked(count * sizeof(double)));
            values = MemoryMarshal.Cast<byte, double>(bytes).ToArray();
        }
        else
        {
            CheckLength(proto, proto.DoubleData.Count, count, "numbers");
            values = [.. proto.DoubleData];
        }

        return Create(extents, Array.ConvertAll(values, value => (float)value));
    }

    private delegate long IntegerReader(ReadOnlySpan<byte> bytes);

    private IntegerConstant ReadIntegers<T>(
        TensorProto proto, ImmutableArray<int> extents, long count, int size, RepeatedField<T> typed, Func<T, long> convert, IntegerReader read)
    {
        budget.Spend(count);
        if (proto.DataLocation != DataLocation.External && !proto.HasRawData)
        {
            CheckLength(proto, typed.Count, count, "numbers");
            return new IntegerConstant(extents, [.. typed.Select(convert)]);
        }

        byte[] bytes = ReadBytes(proto, checked(count * size));
        long[] values = new long[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = read(bytes.AsSpan(i * size));
        }

        return new IntegerConstant(extents, ImmutableCollectionsMarshal.AsImmutableArray(values));
    }

    private byte[] ReadBytes(TensorProto proto, long length)
    {
        if (proto.DataLocation != DataLocation.External)
        {
            CheckLength(proto, proto.RawData.Length, length, "bytes");
            return proto.RawData.ToByteArray();
        }

        (WeightStorage file, long offset) = external.Find(proto, length);
        budget.Spend(length / sizeof(float));
        byte[] bytes = new byte[length];
        file.Read(offset, bytes);
        return bytes;
    }

    private FloatConstant Store(ImmutableArray<int> extents, ElementType type, ReadOnlyMemory<byte> bytes)
    {
        var storage = new HeapStorage(source, bytes);
        _storages.Add(storage);
        return new FloatConstant(extents, type, storage, 0);
    }

    private static void CheckLength(TensorProto proto, long given, long needed, string unit)
    {
        if (given != needed)
        {
            throw new UnsupportedException(FormattableString.Invariant(
                $"{Quote(proto)} of the extents [{string.Join(", ", proto.Dims.Take(8))}] holds {given:N0} {unit}, not {needed:N0}"));
        }
    }

    private static string Quote(TensorProto proto) => $"the tensor {WeightException.Quote(proto.Name)}";
}
