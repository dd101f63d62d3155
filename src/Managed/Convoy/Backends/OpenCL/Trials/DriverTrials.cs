using System.Diagnostics;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Trials;

/// <summary>
/// Keeps drivers that abort or hang out of this process: each is loaded by another process first, where the program that this
/// library is part of has said how to start one, and what became of that is kept for the next start.
/// </summary>
internal static class DriverTrials
{
    /// <summary>How to start a process that runs <see cref="Trial.RunHere"/>; null where nobody has said how.</summary>
    public static Func<ProcessStartInfo>? CreateStart { get; set; }

    /// <summary>Looks at this machine's OpenCL, without what is known to bring a process down; never throws.</summary>
    /// <param name="anew">True to try each driver again, whatever is known.</param>
    public static ClEnvironment Inspect(bool anew = false)
    {
        var vendors = ClVendors.Find(Environment.GetEnvironmentVariable);
        DriverVerdict verdict = Judge(vendors, anew);
        if (verdict.Loader is { } what)
        {
            return ClEnvironment.Inspect(ClLoader.PassOver(what, verdict.IsForOnce), null, vendors);
        }

        if (verdict.Faults.IsEmpty)
        {
            return ClEnvironment.Inspect(vendors, []);
        }

        using var others = new DriverSelection([.. vendors.Files.Where(verdict.Allows)]);
        return others.WhileApplied(() => ClEnvironment.Inspect(vendors, verdict.Faults));
    }

    private static DriverVerdict Judge(ClVendors vendors, bool anew)
    {
        if (vendors.Files.Count == 0 && string.IsNullOrEmpty(Environment.GetEnvironmentVariable(ClLoader.LibraryVariable)))
        {
            return DriverVerdict.Good;
        }

        string[] subject = TrialSubject.Describe(vendors, Environment.GetEnvironmentVariable);
        var file = DriverVerdictFile.FromEnvironment();
        if ((!anew || CreateStart is null) && file?.Read(subject) is { } known)
        {
            return known;
        }

        if (CreateStart is null)
        {
            return DriverVerdict.Untried;
        }

        DriverVerdict verdict = TryAsync(CreateStart, vendors.Files).GetAwaiter().GetResult();
        if (!verdict.IsForOnce)
        {
            file?.Write(subject, verdict);
        }

        return verdict;
    }

    /// <summary>Tries all drivers at once, which mostly is all there is to do.</summary>
    private static async Task<DriverVerdict> TryAsync(Func<ProcessStartInfo> createStart, IReadOnlyList<ClVendorFile> drivers)
    {
        Trial whole = await Trial.RunAsync(createStart()).ConfigureAwait(false);
        return whole.Outcome switch
        {
            TrialOutcome.NotStarted => DriverVerdict.Untried,
            TrialOutcome.Unfinished => DriverVerdict.Unfinished(whole),
            TrialOutcome.Survived => DriverVerdict.Good,
            TrialOutcome.Failed when whole.Reached == TrialStage.Started => new(whole.End, [], whole.IsHang),
            TrialOutcome.Failed => await BlameAsync(createStart, drivers, whole).ConfigureAwait(false),
            _ => throw new InvalidOperationException($"There is no outcome {whole.Outcome} of a trial."),
        };
    }

    /// <summary>Finds whose fault it is that not all can be loaded: tries each driver by itself, one after the other, and then what is left.</summary>
    private static async Task<DriverVerdict> BlameAsync(Func<ProcessStartInfo> createStart, IReadOnlyList<ClVendorFile> drivers, Trial whole)
    {
        var faults = new List<ClDriverFault>();
        bool hasHang = whole.IsHang;
        foreach (ClVendorFile driver in drivers)
        {
            Trial alone = drivers is [{ Loads: true }] ? whole : await TryOnlyAsync(driver).ConfigureAwait(false);
            if (!alone.IsConclusive)
            {
                return DriverVerdict.Unfinished(alone);
            }

            hasHang |= alone.IsHang;
            if (alone.Outcome == TrialOutcome.Failed)
            {
                faults.Add(new(driver, alone.End));
            }
        }

        var verdict = new DriverVerdict(null, faults.Count > 0 ? [.. faults] : BlameTogether(drivers, whole), hasHang);

        // What fails without them too is the loader.
        Trial rest = await TryOnlyAsync([.. drivers.Where(verdict.Allows)]).ConfigureAwait(false);
        return !rest.IsConclusive ? DriverVerdict.Unfinished(rest)
            : rest.Outcome == TrialOutcome.Failed ? new(rest.End, [], rest.IsHang)
            : verdict;

        async Task<Trial> TryOnlyAsync(params IReadOnlyList<ClVendorFile> some)
        {
            using var selection = new DriverSelection(some);
            ProcessStartInfo start = createStart();
            selection.ApplyTo(start.Environment);
            return await Trial.RunAsync(start, hasDrivers: some.Any(driver => driver.Library.Length > 0)).ConfigureAwait(false);
        }
    }

    /// <summary>Where each driver survives alone: the files that cannot be read, on which the loader may trip; or else all of them together.</summary>
    private static ImmutableArray<ClDriverFault> BlameTogether(IReadOnlyList<ClVendorFile> drivers, Trial whole)
    {
        ClVendorFile[] unreadable = [.. drivers.Where(driver => !driver.Loads)];
        return unreadable.Length > 0
            ? [.. unreadable.Select(driver => new ClDriverFault(driver, $"({driver.Problem}) {whole.End}"))]
            : [.. drivers.Select(driver => new ClDriverFault(driver, $"{whole.End} together with the others"))];
    }
}
