namespace Convoy.Tests.Fuzzing;

/// <summary>A pattern, and the files that there are.</summary>
public sealed record GlobCase(string Pattern, IReadOnlyList<string> Files);
