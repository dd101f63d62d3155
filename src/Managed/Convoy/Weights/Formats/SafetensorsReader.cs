using System.Buffers.Binary;
using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats;

/// <summary>
/// Finds the tensors of a safetensors file in its bytes, wherever these lie. Nothing the file says is believed before it is
/// checked: its tensors must fill the data exactly, without holes, overlaps or a remainder.
/// </summary>
internal static class SafetensorsReader
{
    /// <summary>Reads the header and checks that the bytes bear it out. The tensors come in the order of their bytes.</summary>
    /// <exception cref="WeightException">They do not; the sentence names the source, the tensor, and the fault.</exception>
    public static WeightContents Read(WeightStorage storage)
    {
        string source = storage.Source;
        byte[] headerBytes = new byte[ReadHeaderLength(storage)];
        storage.Read(SafetensorsFormat.PrefixLength, headerBytes);
        SafetensorsHeader header = SafetensorsHeaderParser.Parse(headerBytes, source);
        long dataStart = SafetensorsFormat.PrefixLength + headerBytes.Length;
        List<SafetensorsEntry> entries = [.. header.Entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End)];
        CheckSizes(entries, source);
        CheckRanges(entries, storage.Length - dataStart, source);
        List<WeightTensor> tensors =
        [
            .. entries.Where(entry => entry.Shape is not null).Select(entry => new WeightTensor(
                entry.Name,
                entry.Type.Type,
                entry.Shape!.Value,
                storage,
                dataStart + entry.Begin,
                (int)(entry.End - entry.Begin),
                entry.Type.Type == ElementType.Other ? entry.Type.Word : null)),
        ];
        return new(tensors, header.Metadata, []) { Empty = [.. entries.Where(entry => entry.Shape is null).Select(entry => entry.Name)] };
    }

    private static int ReadHeaderLength(WeightStorage storage)
    {
        Span<byte> prefix = stackalloc byte[SafetensorsFormat.PrefixLength];
        storage.Read(0, prefix);
        ulong declared = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (declared > SafetensorsFormat.MaxHeaderLength)
        {
            throw Unreadable(
                storage.Source,
                $"it declares a header of {declared:N0} bytes, but none longer than {SafetensorsFormat.MaxHeaderLength:N0} is read, so it is damaged or no safetensors file");
        }

        long rest = storage.Length - SafetensorsFormat.PrefixLength;
        return declared <= (ulong)rest
            ? (int)declared
            : throw Unreadable(
                storage.Source,
                $"it declares a header of {declared:N0} bytes, but only {rest:N0} follow, so it was cut short or is no safetensors file");
    }

    private static void CheckSizes(List<SafetensorsEntry> entries, string source)
    {
        foreach (SafetensorsEntry entry in entries)
        {
            long bits = (entry.Shape?.Count ?? 0) * entry.Type.Bits;
            long size = bits / 8;
            if (bits % 8 != 0)
            {
                throw Unreadable(source, $"tensor {Quote(entry.Name)} of shape {entry.Shape} in {entry.Type.Word} does not end with a byte");
            }

            if (size > WeightSet.MaxTensorBytes)
            {
                throw Unreadable(source, $"tensor {Quote(entry.Name)} is larger than 2 GiB, the most that one tensor may take");
            }

            if (entry.End - entry.Begin != size)
            {
                throw Unreadable(
                    source,
                    $"tensor {Quote(entry.Name)} {(entry.Shape is { } shape ? $"of shape {shape}" : "without an element")} in {entry.Type.Word} takes {size:N0} bytes, but its data_offsets span {entry.End - entry.Begin:N0}");
            }
        }
    }

    private static void CheckRanges(List<SafetensorsEntry> entries, long available, string source)
    {
        long end = 0;
        for (int i = 0; i < entries.Count; i++)
        {
            SafetensorsEntry entry = entries[i];
            if (entry.Begin < end)
            {
                throw Unreadable(source, $"tensors {Quote(entries[i - 1].Name)} and {Quote(entry.Name)} overlap, from byte {entry.Begin:N0} of the data on");
            }

            if (entry.Begin > end)
            {
                throw Unreadable(source, $"bytes {end:N0} to {entry.Begin:N0} of the data, before tensor {Quote(entry.Name)}, belong to no tensor");
            }

            if (entry.End > available)
            {
                throw Unreadable(
                    source,
                    $"the file is cut short: {entries[^1].End - available:N0} bytes are missing, from within tensor {Quote(entry.Name)} on");
            }

            end = entry.End;
        }

        if (end < available)
        {
            throw Unreadable(source, $"{available - end:N0} bytes behind the last tensor belong to no tensor");
        }
    }
}
