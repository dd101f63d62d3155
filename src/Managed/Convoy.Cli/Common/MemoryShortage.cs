namespace Convoy.Cli.Common;

/// <summary>What a user hears where memory does not suffice: the system's own words name no remedy.</summary>
internal static class MemoryShortage
{
    public const string Sentence = "There is not enough memory; use a smaller --batch.";
}
