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
            return ClEnvironment.Inspect(ClLoader.PassOver(what), null, vendors);
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

        if (CreateStart is null || TryAsync(CreateStart, vendors, eachAlone: anew).GetAwaiter().GetResult() is not { } verdict)
        {
            return DriverVerdict.Good;
        }

        file?.Write(subject, verdict);
        return verdict;
    }

    /// <summary>
    /// Tries all drivers at once, which mostly is all there is to do; and each by itself to find who it was when that ends badly,
    /// or where that is asked for. Null where the trial tells nothing.
    /// </summary>
    private static async Task<DriverVerdict?> TryAsync(Func<ProcessStartInfo> createStart, ClVendors vendors, bool eachAlone)
    {
        Trial whole = await Trial.RunAsync(createStart()).ConfigureAwait(false);
        if (!whole.IsConclusive)
        {
            return null;
        }

        if (whole.Reached == TrialStage.Started)
        {
            return new(whole.End, [], whole.IsHang);
        }

        if (whole.IsSurvived && !eachAlone)
        {
            return DriverVerdict.Good;
        }

        IReadOnlyList<ClVendorFile> drivers = vendors.Files;
        Trial[] alone = drivers is [{ Loads: true }] ? [whole] : await Task.WhenAll(drivers.Select(driver => TryOnlyAsync(driver))).ConfigureAwait(false);
        ImmutableArray<ClDriverFault> faults =
        [
            .. drivers.Zip(alone).Where(each => each.Second.IsFailed).Select(each => new ClDriverFault(each.First, each.Second.End)),
        ];
        if (whole.IsSurvived && faults.IsEmpty)
        {
            return DriverVerdict.Good;
        }

        var verdict = new DriverVerdict(null, faults.IsEmpty ? BlameTogether(drivers, whole) : faults, whole.IsHang || alone.Any(trial => trial.IsHang));

        // What fails without them too is the loader.
        Trial rest = await TryOnlyAsync([.. drivers.Where(verdict.Allows)]).ConfigureAwait(false);
        return rest.IsFailed ? new(rest.End, [], rest.IsHang) : verdict;

        async Task<Trial> TryOnlyAsync(params IReadOnlyList<ClVendorFile> some)
        {
            using var selection = new DriverSelection(some);
            ProcessStartInfo start = createStart();
            selection.ApplyTo(start.Environment);
            return await Trial.RunAsync(start).ConfigureAwait(false);
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
