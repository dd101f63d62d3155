namespace Convoy.Diagnostics;

/// <summary>A name or a file under which a library was looked for.</summary>
/// <param name="Name">What was asked for: a library's name, which the system looks for itself, or a path.</param>
/// <param name="File">The file that was loaded, where the system reports it; null when none was.</param>
/// <param name="Problem">Why it could not be loaded, mostly in the system's words; null when it could.</param>
public sealed record LibraryAttempt(string Name, string? File, string? Problem)
{
    /// <summary>True when the library could be loaded.</summary>
    public bool Loads => Problem is null;
}
