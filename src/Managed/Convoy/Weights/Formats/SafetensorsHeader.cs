namespace Convoy.Weights.Formats;

/// <summary>What a safetensors header says: its tensors in the header's order, and its free text.</summary>
internal sealed record SafetensorsHeader(IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata);

/// <summary>One tensor as the header describes it: its bytes are [Begin, End) of the data behind the header.</summary>
internal readonly record struct SafetensorsEntry(string Name, ElementType ElementType, Shape Shape, long Begin, long End);
