using System.Diagnostics.CodeAnalysis;

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

    /// <summary>The format's word for an element type.</summary>
    public static string NameOf(ElementType type) => type switch
    {
        ElementType.Float32 => "F32",
        ElementType.Float16 => "F16",
        ElementType.BFloat16 => "BF16",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There is no such element type."),
    };

    /// <summary>The element type of one of the format's words; many of them stand for types that weights are not kept in.</summary>
    public static bool TryParse(string name, [NotNullWhen(true)] out ElementType? type)
    {
        type = name switch
        {
            "F32" => ElementType.Float32,
            "F16" => ElementType.Float16,
            "BF16" => ElementType.BFloat16,
            _ => null,
        };
        return type is not null;
    }

    /// <summary>By the brace that every header begins with; how long the header says to be may be damaged.</summary>
    public bool Recognizes(ReadOnlySpan<byte> start, long length) => start.Length > PrefixLength && start[PrefixLength] == (byte)'{';

    /// <inheritdoc/>
    public WeightContents Read(WeightStorage file) => SafetensorsReader.Read(file);

    /// <inheritdoc/>
    public void Write(
        Stream destination, IReadOnlyList<WeightTensor> tensors, IReadOnlyDictionary<string, string> metadata, ElementType type) =>
        SafetensorsWriter.Write(destination, tensors, metadata, type);
}
