namespace Convoy.Weights.Formats;

/// <summary>What a safetensors header says: its tensors in the header's order, and its free text.</summary>
internal sealed record SafetensorsHeader(IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata);

/// <summary>One tensor as the header describes it: its bytes are [Begin, End) of the data behind the header. One without an element has no shape.</summary>
internal readonly record struct SafetensorsEntry(string Name, SafetensorsType Type, Shape? Shape, long Begin, long End);

/// <summary>One of the format's element types: its word, what it is here, and how many bits an element takes.</summary>
internal sealed record SafetensorsType(string Word, ElementType Type, int Bits);
