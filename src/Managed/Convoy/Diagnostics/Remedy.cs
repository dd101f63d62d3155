namespace Convoy.Diagnostics;

/// <summary>What mends a machine of some system.</summary>
/// <param name="System">The system: "Debian, Ubuntu".</param>
/// <param name="Action">What to do there: the command that installs the package, or where to get it.</param>
/// <param name="IsForThisSystem">True for the system this process runs on.</param>
public sealed record Remedy(string System, string Action, bool IsForThisSystem);
