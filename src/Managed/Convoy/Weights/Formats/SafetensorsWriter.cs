using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Convoy.Weights.Formats;

/// <summary>Writes a safetensors file piece by piece.</summary>
internal static class SafetensorsWriter
{
    private const int PieceElements = 1 << 18;

    /// <summary>Writes tensors in their order, all in one element type.</summary>
    /// <exception cref="WeightException">A tensor has the one name that the format keeps for itself.</exception>
    public static void Write(
        Stream destination, IReadOnlyList<WeightTensor> tensors, IReadOnlyDictionary<string, string> metadata, ElementType type)
    {
        if (tensors.Any(tensor => tensor.Name == SafetensorsFormat.MetadataKey))
        {
            throw new WeightException(
                $"A tensor cannot be named '{SafetensorsFormat.MetadataKey}' in a safetensors file, which keeps its metadata under that name; rename it.");
        }

        destination.Write(BuildHeader(tensors, metadata, type));
        WriteTensors(destination, tensors, type);
    }

    private static byte[] BuildHeader(IReadOnlyList<WeightTensor> tensors, IReadOnlyDictionary<string, string> metadata, ElementType type)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(SafetensorsFormat.MetadataKey);
                foreach ((string key, string value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            long begin = 0;
            foreach (WeightTensor tensor in tensors)
            {
                long end = begin + (tensor.Shape.Count * type.SizeInBytes());
                WriteEntry(json, tensor, type, begin, end);
                begin = end;
            }

            json.WriteEndObject();
        }

        // Blanks behind the object bring the data to a multiple of eight bytes.
        int padded = (text.WrittenCount + 7) / 8 * 8;
        byte[] header = new byte[SafetensorsFormat.PrefixLength + padded];
        BinaryPrimitives.WriteInt64LittleEndian(header, padded);
        text.WrittenSpan.CopyTo(header.AsSpan(SafetensorsFormat.PrefixLength));
        header.AsSpan(SafetensorsFormat.PrefixLength + text.WrittenCount).Fill((byte)' ');
        return header;
    }

    private static void WriteEntry(Utf8JsonWriter json, WeightTensor tensor, ElementType type, long begin, long end)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", SafetensorsFormat.NameOf(type));
        json.WriteStartArray("shape");
        foreach (int extent in tensor.Shape.Extents)
        {
            json.WriteNumberValue(extent);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(begin);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTensors(Stream file, IReadOnlyList<WeightTensor> tensors, ElementType type)
    {
        float[] wide = new float[PieceElements];
        byte[] narrow = new byte[PieceElements * type.SizeInBytes()];
        byte[] stored = new byte[PieceElements * sizeof(float)];
        foreach (WeightTensor tensor in tensors)
        {
            int size = tensor.ElementType.SizeInBytes();
            for (int done = 0; done < tensor.ByteCount;)
            {
                int count = Math.Min(PieceElements, (tensor.ByteCount - done) / size);
                Span<byte> piece = stored.AsSpan(0, count * size);
                tensor.Read(done, piece);
                if (tensor.ElementType == type)
                {
                    file.Write(piece);
                }
                else
                {
                    ElementConversion.Widen(piece, tensor.ElementType, wide.AsSpan(0, count));
                    ElementConversion.Narrow(wide.AsSpan(0, count), type, narrow);
                    file.Write(narrow, 0, count * type.SizeInBytes());
                }

                done += piece.Length;
            }
        }
    }
}
