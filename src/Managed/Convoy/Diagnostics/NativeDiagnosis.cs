using Convoy.Backends;
using Convoy.Backends.Native;

namespace Convoy.Diagnostics;

/// <summary>How far one gets on this machine with the C library.</summary>
public enum NativeSituation
{
    /// <summary>The library is nowhere it was looked for.</summary>
    NoLibrary,

    /// <summary>The library is there, but is of another version or for another processor, or lacks something.</summary>
    UnusableLibrary,

    /// <summary>The library loads, but computes wrongly or not at all.</summary>
    NoWorkingKernel,

    /// <summary>The library computes, and computes right.</summary>
    Works,
}

/// <summary>What there is of the C library, and why it cannot be used.</summary>
/// <param name="Situation">How far one gets.</param>
/// <param name="Sentence">The same for people: what is, and what to do about it.</param>
/// <param name="Library">The library's name.</param>
/// <param name="LookedAt">Where it was looked for, in order; the last is the one in use where there is any.</param>
/// <param name="AbiVersion">The version of the interface between the two; null where the library does not say.</param>
/// <param name="InstructionSet">The instruction set used; null where the library cannot be.</param>
/// <param name="InstructionSets">Every instruction set this CPU and this library have, each of which was tried.</param>
/// <param name="Remedies">What would mend it, this machine's system first; empty when it works.</param>
public sealed record NativeDiagnosis(
    NativeSituation Situation,
    string Sentence,
    string Library,
    ImmutableArray<LibraryAttempt> LookedAt,
    uint? AbiVersion,
    InstructionSet? InstructionSet,
    ImmutableArray<InstructionSet> InstructionSets,
    ImmutableArray<Remedy> Remedies)
{
    /// <summary>True when the device "native" can be used.</summary>
    public bool Works => Situation == NativeSituation.Works;

    /// <summary>The file in use; null when there is none.</summary>
    public string? File => Situation is NativeSituation.NoLibrary or NativeSituation.UnusableLibrary
        ? null
        : LookedAt.FirstOrDefault(attempt => attempt.Loads)?.File;

    /// <summary>Looks for the library, and computes a little with it; never throws.</summary>
    internal static NativeDiagnosis Examine()
    {
        ImmutableArray<LibraryAttempt> lookedAt = [.. NativeLibrarySearch.Look()];
        uint? version = NativeLibraryState.AbiVersion;
        if (NativeLibraryState.UnavailableReason is { } reason)
        {
            bool loads = lookedAt.Any(attempt => attempt.Loads);
            LibraryAttempt? broken = loads
                ? null
                : lookedAt.FirstOrDefault(attempt => Path.IsPathRooted(attempt.Name) && System.IO.File.Exists(attempt.Name));
            return new(
                loads || broken is not null ? NativeSituation.UnusableLibrary : NativeSituation.NoLibrary,
                broken is null ? reason : $"The native library '{broken.Name}' is there but cannot be loaded ({broken.Problem}); build Convoy again on this machine.",
                NativeMethods.Library, lookedAt, version, null, [], Diagnostics.Remedies.ForNative);
        }

        InstructionSet best = NativeLibraryState.BestInstructionSet;
        ImmutableArray<InstructionSet> all = NativeLibraryState.InstructionSets;
        string? problem = all.Select(NativeProbe.ProblemOf).FirstOrDefault(each => each is not null);
        return new(
            problem is null ? NativeSituation.Works : NativeSituation.NoWorkingKernel,
            problem ?? $"The native library works, with {NativeLibraryState.InstructionSetName} kernels.",
            NativeMethods.Library, lookedAt, version, best, all, problem is null ? [] : Diagnostics.Remedies.ForNative);
    }
}
