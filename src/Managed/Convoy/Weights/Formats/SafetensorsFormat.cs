namespace Convoy.Weights.Formats;

/// <summary>
/// The safetensors format (https://huggingface.co/docs/safetensors, "Format"): eight bytes, little-endian,
/// that say how long the header is; the header, a JSON object that maps each tensor's name to its element type, shape and
/// byte range; then the tensors' bytes, back to back, ranges counted from here.
/// </summary>
internal sealed class SafetensorsFormat : IWritableWeightFormat
{
    /// <summary>Bytes in front of the header.</summary>
    public const int PrefixLength = 8;

    /// <summary>The longest header that is read: a limit of ours, with room for as many tensors as are. The format's own is 100 MB.</summary>
    public const int MaxHeaderLength = 16 << 20;

    /// <summary>The most tensors a file may have; a limit of ours, a hundred times what a large network has.</summary>
    public const int MaxTensors = 100_000;

    /// <summary>The most texts its metadata may have; a limit of ours.</summary>
    public const int MaxMetadata = 10_000;

    /// <summary>The most extents a tensor may have; a limit of ours.</summary>
    public const int MaxRank = 8;

    /// <summary>The header's one key that names no tensor.</summary>
    public const string MetadataKey = "__metadata__";

    /// <inheritdoc/>
    public string Name => "safetensors";

    /// <inheritdoc/>
    public ImmutableArray<string> Endings { get; } = [".safetensors"];

    /// <summary>The format's words for element types, and how many bits one takes.</summary>
    private static readonly ImmutableArray<SafetensorsType> Types =
    [
        new("F32", ElementType.Float32, 32), new("F16", ElementType.Float16, 16), new("BF16", ElementType.BFloat16, 16),
        new("F64", ElementType.Float64, 64), new("I8", ElementType.Int8, 8), new("U8", ElementType.UInt8, 8),
        new("I16", ElementType.Int16, 16), new("U16", ElementType.UInt16, 16), new("I32", ElementType.Int32, 32),
        new("U32", ElementType.UInt32, 32), new("I64", ElementType.Int64, 64), new("U64", ElementType.UInt64, 64),
        new("BOOL", ElementType.Boolean, 8), new("C64", ElementType.Other, 64), new("F8_E4M3", ElementType.Other, 8),
        new("F8_E5M2", ElementType.Other, 8), new("F8_E8M0", ElementType.Other, 8), new("F6_E2M3", ElementType.Other, 6),
        new("F6_E3M2", ElementType.Other, 6), new("F4", ElementType.Other, 4),
    ];

    /// <summary>The format's word for a tensor's element type, or for another that it is to be written as; null where it has none.</summary>
    public static string? WordFor(WeightTensor tensor, ElementType type) => Types
        .FirstOrDefault(each => each.Type == type && (type != ElementType.Other || each.Word == tensor.ElementTypeName))?.Word;

    /// <summary>What one of the format's words stands for; null for any other word.</summary>
    public static SafetensorsType? Find(string word)
    {
        foreach (SafetensorsType type in Types)
        {
            if (type.Word == word)
            {
                return type;
            }
        }

        return null;
    }

    /// <summary>By the brace that every header begins with; how long the header says to be may be damaged.</summary>
    public bool Recognizes(ReadOnlySpan<byte> start, long length) => start.Length > PrefixLength && start[PrefixLength] == (byte)'{';

    /// <inheritdoc/>
    public WeightContents Read(WeightStorage file) => SafetensorsReader.Read(file);

    /// <inheritdoc/>
    public void Write(Stream destination, WrittenWeights weights) =>
        SafetensorsWriter.Write(destination, weights.Tensors, weights.Metadata, weights.Type);
}
