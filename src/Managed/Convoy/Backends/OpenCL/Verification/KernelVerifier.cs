using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Verification;

/// <summary>
/// Lets no kernel compute for a session whose answers were not held against the oracle's on this device, with this driver: what
/// was checked before, by this process or another, is looked up; what was not is checked now.
/// </summary>
internal sealed class KernelVerifier
{
    // To be raised when packing, launching, the oracle or what may err changes: what was found before then says nothing.
    private const int Revision = 2;

    private readonly DeviceMemory _memory;
    private readonly DeviceTraits _device;
    private readonly KernelVerdicts _verdicts;
    private readonly RegionCheck _regions;
    private readonly BoundaryCheck _boundary;

    // The keys of all that was judged, in order.
    private readonly List<string> _judged = [];

    /// <param name="memory">The device's memory.</param>
    /// <param name="device">What its kernels are specialised for.</param>
    /// <param name="verdicts">What is known of them.</param>
    /// <param name="oracle">What they are held against.</param>
    public KernelVerifier(DeviceMemory memory, DeviceTraits device, KernelVerdicts verdicts, IStepOracle oracle)
    {
        _memory = memory;
        _device = device;
        _verdicts = verdicts;
        _regions = new RegionCheck(memory, device, oracle);
        _boundary = new BoundaryCheck(memory);
    }

    /// <summary>Begins to prepare a region and to judge it.</summary>
    public KernelAttempt Begin(IRegion region, RegionForm form) => _verdicts.Begin(
        string.Join('\n', PartsOf(region, form).Append($"{form.Name} {region.MicroBatch} {Traits}")), $"{Describe(region)}, {form.Name}");

    /// <summary>Begins to prepare a way in or out, or a change of layout, and to judge it.</summary>
    /// <param name="what">Which, with all that decides how.</param>
    /// <exception cref="BackendException">It ended the process that did so before.</exception>
    public KernelAttempt Begin(string what) => Begin(what, what);

    private KernelAttempt Begin(string what, string form)
    {
        KernelAttempt attempt = _verdicts.Begin($"{what} {Traits}", form);
        return attempt.Fatal is { } fatal ? throw Refusal("The network", fatal) : attempt;
    }

    /// <summary>The verdict on a region that is ready to run.</summary>
    public KernelVerdict Judge(IRegion region, RegionForm form, PreparedOpenClRegion prepared, StepWeights[] weights)
    {
        // A verdict on few images says nothing of more.
        int images = _regions.CountImages(region, prepared, weights);
        return Judge(
            $"{Describe(region)}, {prepared.Algorithm}",
            prepared.Kernels,
            PartsOf(region, form).Append($"{images}"),
            () => (_regions.Run(region, prepared, weights, form.ErrorBound, images, out bool isTelling), isTelling));
    }

    /// <summary>The verdict on kernels that cannot be built or prepared; it counts for one session.</summary>
    public KernelVerdict NotPrepared(IRegion region, string form, ConvoyException error) => Failed("", "", $"{Describe(region)}, {form}", error);

    /// <summary>What a region computes: "conv+relu 3x227x227 to 96x55x55".</summary>
    public static string Describe(IRegion region) =>
        $"{string.Join(" and ", region.Steps.Select(step => step.Op))} {NameOf(region.Steps[0].InputShapes[0])} to {NameOf(region.Steps[^1].OutputShape)}";

    /// <summary>Refuses a device whose way in is wrong.</summary>
    /// <exception cref="BackendException">It is.</exception>
    /// <exception cref="BatchTooLargeException">There is no memory left to find out.</exception>
    public void Require(OpenClEntry entry, Shape shape, Layout to, PixelNormalization? normalization, int images) => RequireBoundary(
        $"the way in of {NameOf(shape)}", entry.Kernels, $"{to} {normalization is not null} ", shape, images, count => _boundary.Run(entry, shape, to, normalization, count));

    /// <summary>Refuses a device whose way out is wrong.</summary>
    /// <exception cref="BackendException">It is.</exception>
    /// <exception cref="BatchTooLargeException">There is no memory left to find out.</exception>
    public void Require(OpenClExit exit, Shape shape, Layout from, int images) => RequireBoundary(
        $"the way out of {NameOf(shape)}", exit.Kernels, $"{from} ", shape, images, count => _boundary.Run(exit, shape, from, count));

    /// <summary>Refuses a device whose change of layout is wrong.</summary>
    /// <exception cref="BackendException">It is.</exception>
    /// <exception cref="BatchTooLargeException">There is no memory left to find out.</exception>
    public void Require(PreparedOpenClRegion transform, Shape shape, int images) => RequireBoundary(
        $"a change of layout of {NameOf(shape)}", transform.Kernels, "", shape, images, count => _boundary.Run(transform, shape, count));

    /// <summary>Refuses a device on which all that was judged gives other scores one behind the other than one by one.</summary>
    /// <param name="rehearse">Runs it so, both ways.</param>
    /// <exception cref="BackendException">It does.</exception>
    public void Rehearse(Func<RehearsalOutcome> rehearse)
    {
        const string Form = "all of them, one behind the other";
        using KernelAttempt attempt = Begin(string.Join('\n', _judged), Form);
        Require(Judge(Form, [], [.. _judged], (key, kernels) =>
        {
            (double? difference, bool isTelling) = rehearse();
            return (KernelVerdict.OfRehearsal(key, Form, difference), isTelling);
        }));
        Save();
    }

    /// <summary>The error on a device that computes something in no way right.</summary>
    /// <param name="what">What it is to compute: "Layer 'fc6'".</param>
    /// <param name="verdict">What is wrong with the way that is usually taken.</param>
    public BackendException Refusal(string what, KernelVerdict verdict)
    {
        ClDevice device = _memory.Context.Device;
        string remedy = Environment.GetEnvironmentVariable(KernelSource.FolderVariable) is { Length: > 0 } folder
            ? $"the kernels come from '{folder}', so correct or unset {KernelSource.FolderVariable}"
            : verdict.IsFatal ? $"update that, or use another device (to have it tried once more, delete '{_verdicts.Location}')"
            : "update that, or use another device (--trust-device takes wrong answers as they are)";
        string kernels = verdict.Kernels.Length > 0 ? $"the kernel '{verdict.Kernels}'" : "its kernels";
        return new($"{what}: on the device '{device}' {kernels} ({verdict.Form}) {verdict.Problem}, and there is no other form that is right; its driver is {device.Platform.Name}, {device.DriverVersion}: {remedy}.", verdict.Cause);
    }

    /// <summary>Keeps what was found out for the next process.</summary>
    public void Save() => _verdicts.Save();

    /// <summary>What is computed, and what is promised of that.</summary>
    private static IEnumerable<string> PartsOf(IRegion region, RegionForm form) =>
        region.Steps.Select(step => $"{step.Layer}, {step.Activation}: {ShapesOf(step)}").Append($"{form.ErrorBound} {form.IsPlain}");

    /// <summary>What decides which kernels are built.</summary>
    private string Traits => $"{_device.Options} {_device.LanePiece} {_device.MaxWorkGroupSize} {_device.LocalMemoryBytes} {_device.SharesHostMemory}";

    private static string NameOf(Shape shape) => string.Join('x', shape.Extents);

    private static string ShapesOf(FusedStep step) => $"{string.Join(", ", step.InputShapes)} to {step.OutputShape}";

    /// <summary>It may have been for want of something that is there the next time, and is not kept.</summary>
    private KernelVerdict Failed(string key, string kernels, string form, ConvoyException error)
    {
        string reason = error.Message.Split('\n')[0].TrimEnd('.');
        KernelVerdict verdict = error is ClBuildException build
            ? new(key, build.Kernel, form, null, $"cannot be built ({reason}: {build.Complaint.TrimEnd('.')})") { Cause = error }
            : new(key, kernels, form, null, $"cannot be run ({reason})") { Cause = error };
        _verdicts.Add(verdict, isLasting: false);
        return verdict;
    }

    /// <summary>True of what a smaller batch or another moment may mend, and no other form; a kernel that takes too many registers is another matter.</summary>
    public static bool IsWantOfMemory(ConvoyException error) =>
        error is ClException { Status: ClStatus.MemObjectAllocationFailure or ClStatus.OutOfHostMemory or ClStatus.InvalidBufferSize };

    private void RequireBoundary(string form, IEnumerable<KernelIdentity> kernels, string part, Shape shape, int images, Func<int, Discrepancy> check)
    {
        int count = BoundaryCheck.CountImages(shape, images);
        try
        {
            Require(Judge(form, kernels, [$"{part}{count}"], () => (check(count), true)));
        }
        catch (ClException e) when (IsWantOfMemory(e))
        {
            throw new BatchTooLargeException(e.Message, e);
        }
    }

    private void Require(KernelVerdict verdict)
    {
        if (!verdict.IsRight)
        {
            throw Refusal("The network", verdict);
        }
    }

    private KernelVerdict Judge(string form, IEnumerable<KernelIdentity> identities, IEnumerable<string> parts, Func<(Discrepancy Found, bool IsTelling)> check) =>
        Judge(form, identities, parts, (key, kernels) =>
        {
            (Discrepancy found, bool isTelling) = check();
            return (KernelVerdict.Of(key, kernels, form, found), isTelling);
        });

    private KernelVerdict Judge(
        string form, IEnumerable<KernelIdentity> identities, IEnumerable<string> parts, Func<string, string, (KernelVerdict Verdict, bool IsTelling)> check)
    {
        string kernels = string.Join(", ", identities.Select(each => each.Name).Distinct());
        string text = string.Join('\n', identities.Select(each => each.Text).Concat(parts).Append(form).Append($"{_device.IsCpu} {_device.Piece(int.MaxValue)} {Revision}"));
        string key = KernelVerdicts.KeyOf(text);
        _judged.Add(key);
        if (_verdicts.Find(key) is { } known)
        {
            return known;
        }

        try
        {
            (KernelVerdict verdict, bool isTelling) = check(key, kernels);
            _verdicts.Add(verdict, isLasting: isTelling);
            return verdict;
        }
        catch (ClException e) when (!IsWantOfMemory(e))
        {
            return Failed(key, kernels, form, e);
        }
    }
}
