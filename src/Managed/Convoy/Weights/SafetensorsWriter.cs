using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Convoy.Tensors;

namespace Convoy.Weights;

/// <summary>
/// Writes a safetensors file piece by piece. It is written aside and then renamed, so that whoever looks finds the old file
/// or the whole new one.
/// </summary>
internal static class SafetensorsWriter
{
    private const int PieceElements = 1 << 18;

    /// <summary>Writes tensors in their order, all in one element type.</summary>
    /// <exception cref="WeightException">The file cannot be written; there is no half of it.</exception>
    public static void Save(
        string path, IReadOnlyList<WeightTensor> tensors, IReadOnlyDictionary<string, string> metadata, ElementType type)
    {
        ReadOnlyMemory<byte> header = BuildHeader(tensors, metadata, type);
        // A link stays a link: what it points to is replaced.
        if (File.Exists(path))
        {
            path = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }

        string aside = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            if (IsDevice(path))
            {
                throw new WeightException($"'{path}' is a device, not a file that could be replaced; name a file to write the weights to.");
            }

            if (Directory.Exists(path))
            {
                throw new WeightException($"'{path}' is a folder; name a file in it to write the weights to.");
            }

            using (var file = new FileStream(aside, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(header.Span);
                WriteTensors(file, tensors, type);
                file.Flush(flushToDisk: true);
            }

            File.Move(aside, path, overwrite: true);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new WeightException($"Cannot write the weights to '{path}': its folder does not exist.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new WeightException($"Cannot write the weights to '{path}': permission denied.", e);
        }
        catch (IOException e)
        {
            throw new WeightException($"Cannot write the weights to '{path}': {e.Message}", e);
        }
        finally
        {
            // After the rename there is none.
            if (File.Exists(aside))
            {
                File.Delete(aside);
            }
        }
    }

    /// <summary>
    /// Whether a path names a device: what is there already below /dev, where but /dev/shm holds files. To be replaced, as its
    /// folder may allow, would take it from every program.
    /// </summary>
    internal static bool IsDevice(string path) => !OperatingSystem.IsWindows()
        && Path.GetFullPath(path) is { } full
        && full.StartsWith("/dev/", StringComparison.Ordinal) && !full.StartsWith("/dev/shm/", StringComparison.Ordinal)
        && File.Exists(full);

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

    private static void WriteTensors(FileStream file, IReadOnlyList<WeightTensor> tensors, ElementType type)
    {
        float[] wide = new float[PieceElements];
        byte[] narrow = new byte[PieceElements * type.SizeInBytes()];
        foreach (WeightTensor tensor in tensors)
        {
            using MemoryHandle pin = tensor.Bytes.Pin();
            ReadOnlySpan<byte> stored = tensor.Bytes.Span;
            if (tensor.ElementType == type)
            {
                file.Write(stored);
                continue;
            }

            while (!stored.IsEmpty)
            {
                int count = Math.Min(PieceElements, stored.Length / tensor.ElementType.SizeInBytes());
                int length = count * tensor.ElementType.SizeInBytes();
                ElementConversion.Widen(stored[..length], tensor.ElementType, wide.AsSpan(0, count));
                ElementConversion.Narrow(wide.AsSpan(0, count), type, narrow);
                file.Write(narrow, 0, count * type.SizeInBytes());
                stored = stored[length..];
            }
        }
    }
}
