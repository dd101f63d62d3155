using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;

namespace Convoy.Weights.Formats;

/// <summary>Writes a safetensors file piece by piece.</summary>
internal static class SafetensorsWriter
{
    /// <summary>Writes tensors in their order.</summary>
    /// <param name="destination">The file, empty.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="metadata">Free text by key.</param>
    /// <param name="type">What tensors of floating point are written as; null leaves each as it is.</param>
    /// <exception cref="WeightException">A tensor has the one name that the format keeps for itself, or an element type that it has no word for.</exception>
    public static void Write(
        Stream destination, IReadOnlyList<WeightTensor> tensors, IReadOnlyDictionary<string, string> metadata, ElementType? type)
    {
        if (tensors.Any(tensor => tensor.Name == SafetensorsFormat.MetadataKey))
        {
            throw new WeightException(
                $"A tensor cannot be named '{SafetensorsFormat.MetadataKey}' in a safetensors file, which keeps its metadata under that name; rename it.");
        }

        destination.Write(BuildHeader(tensors, metadata, type));
        foreach (WeightTensor tensor in tensors)
        {
            TensorBytes.Write(destination, tensor, TensorBytes.TypeInFile(tensor, type));
        }
    }

    private static byte[] BuildHeader(IReadOnlyList<WeightTensor> tensors, IReadOnlyDictionary<string, string> metadata, ElementType? type)
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
                ElementType inFile = TensorBytes.TypeInFile(tensor, type);
                long end = begin + TensorBytes.Count(tensor, inFile);
                WriteEntry(json, tensor, inFile, begin, end);
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
        string word = SafetensorsFormat.WordFor(tensor, type) ?? throw new WeightException(
            $"The tensor {WeightException.Quote(tensor.Name)} is {tensor.ElementTypeName}, for which safetensors files have no word; leave it out.");
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", word);
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
}
