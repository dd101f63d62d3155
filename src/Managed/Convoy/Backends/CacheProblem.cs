namespace Convoy.Backends;

/// <summary>Why a cache folder, or a file in it, is not used.</summary>
/// <param name="Reason">Why, as a piece of a sentence: "others may write to '/cache', of mode 777".</param>
/// <param name="Remedy">What to do about it, as another.</param>
internal sealed record CacheProblem(string Reason, string Remedy);
