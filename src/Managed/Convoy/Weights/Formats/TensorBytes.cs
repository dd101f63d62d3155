namespace Convoy.Weights.Formats;

/// <summary>Writes a tensor's numbers into a file piece by piece, little-endian and in row-major order, in whichever element type is asked for.</summary>
internal static class TensorBytes
{
    private const int PieceElements = 1 << 18;

    /// <summary>What a tensor is written as: floating point as it is asked for, if it is; anything else as it is.</summary>
    public static ElementType TypeInFile(WeightTensor tensor, ElementType? asked) =>
        asked is { } type && tensor.ElementType.IsFloatingPoint() ? type : tensor.ElementType;

    /// <summary>How many bytes a tensor takes in an element type.</summary>
    public static long Count(WeightTensor tensor, ElementType type) =>
        type == tensor.ElementType ? tensor.ByteCount : tensor.Shape.Count * type.SizeInBytes();

    /// <summary>Writes a tensor's numbers in an element type that <see cref="TypeInFile"/> chose.</summary>
    public static void Write(Stream file, WeightTensor tensor, ElementType type)
    {
        if (type == tensor.ElementType)
        {
            WriteUnchanged(file, tensor);
            return;
        }

        int size = tensor.ElementType.SizeInBytes();
        int count = (int)Math.Min(tensor.Shape.Count, PieceElements);
        float[] single = new float[count];
        byte[] stored = new byte[count * size];
        byte[] converted = new byte[count * type.SizeInBytes()];
        for (int done = 0; done < tensor.ByteCount;)
        {
            int pieceCount = Math.Min(count, (tensor.ByteCount - done) / size);
            Span<byte> piece = stored.AsSpan(0, pieceCount * size);
            tensor.Read(done, piece);
            ElementConversion.ToSingle(piece, tensor.ElementType, single.AsSpan(0, pieceCount));
            ElementConversion.FromSingle(single.AsSpan(0, pieceCount), type, converted);
            file.Write(converted, 0, pieceCount * type.SizeInBytes());
            done += piece.Length;
        }
    }

    private static void WriteUnchanged(Stream file, WeightTensor tensor)
    {
        byte[] piece = new byte[Math.Min(tensor.ByteCount, PieceElements * sizeof(float))];
        for (int done = 0; done < tensor.ByteCount; done += piece.Length)
        {
            Span<byte> part = piece.AsSpan(0, Math.Min(piece.Length, tensor.ByteCount - done));
            tensor.Read(done, part);
            file.Write(part);
        }
    }
}
