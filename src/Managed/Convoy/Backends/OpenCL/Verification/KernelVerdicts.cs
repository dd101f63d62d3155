using System.IO.Hashing;
using System.Text;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Verification;

/// <summary>
/// What is known of a device's kernels, by this process and those before it: each form is checked once with a driver's version.
/// Thread-safe.
/// </summary>
internal sealed class KernelVerdicts
{
    private readonly Lock _gate = new();
    private readonly KernelVerdictFile? _file;
    private readonly string _device;
    private readonly List<KernelVerdict> _unsaved = [];
    private readonly List<KernelVerdict> _found = [];
    private readonly bool _isAnew;
    private Dictionary<string, KernelVerdict>? _known;

    /// <param name="device">The device.</param>
    /// <param name="file">Where verdicts are kept; null keeps none beyond this process.</param>
    /// <param name="isAnew">True to check everything again, whatever is kept.</param>
    public KernelVerdicts(ClDevice device, KernelVerdictFile? file, bool isAnew = false)
    {
        _file = file;
        _isAnew = isAnew;
        _device = $"{device.Platform.Name}, {device.Platform.Version}, {device.Name}, driver {device.DriverVersion}";
    }

    /// <summary>What was found out here, in order.</summary>
    public IReadOnlyList<KernelVerdict> Found => _found;

    /// <summary>What is known of a form; null where nothing is.</summary>
    public KernelVerdict? Find(string key)
    {
        lock (_gate)
        {
            return Known.GetValueOrDefault(key);
        }
    }

    /// <summary>Notes a verdict.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <param name="isLasting">True where it holds for other sessions too: it is then <see cref="Save">kept</see>.</param>
    public void Add(KernelVerdict verdict, bool isLasting)
    {
        lock (_gate)
        {
            _found.Add(verdict);
            if (isLasting)
            {
                Note(verdict);
            }
        }
    }

    /// <summary>Begins to build kernels and to run them, and says so to the next process where that has not been survived before.</summary>
    /// <param name="what">All that decides what is built and run; the library and the driver are added to it.</param>
    /// <param name="form">The same for people.</param>
    public KernelAttempt Begin(string what, string form)
    {
        string key = KeyOf($"{what}\n{typeof(KernelVerdicts).Module.ModuleVersionId}");
        lock (_gate)
        {
            if (Known.GetValueOrDefault(key) is { } known)
            {
                return new(known.IsRight ? null : known);
            }

            if (_file is null || _isAnew || Environment.GetEnvironmentVariable(KernelSource.FolderVariable) is { Length: > 0 })
            {
                // Kernels that are being worked on are tried whatever became of them before.
                return new(fatal: null);
            }

            var ended = new KernelVerdict(key, "", form, null, null);
            KernelVerdict fatal = ended with { Problem = "ended the process in which it was first tried", IsFatal = true };
            return new(_file.Begin(_device, [.. _unsaved, fatal]), () => Note(ended));
        }
    }

    /// <summary>Where verdicts are kept; null where they are not.</summary>
    public string? Location => _file?.Location;

    /// <summary>What is known to have ended a process on this device.</summary>
    public IEnumerable<KernelVerdict> ReadFatal()
    {
        _file?.AddBegun();
        return (_file?.Read(_device) ?? []).Where(each => each.IsFatal);
    }

    /// <summary>A key that stands for a text.</summary>
    public static string KeyOf(string text) => Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(text)));

    /// <summary>Keeps what was found out since the last time for the next process.</summary>
    public void Save()
    {
        lock (_gate)
        {
            if (_unsaved.Count > 0)
            {
                _file?.Add(_device, _unsaved);
                _unsaved.Clear();
            }
        }
    }

    private Dictionary<string, KernelVerdict> Known => _known ??= Load();

    private void Note(KernelVerdict verdict)
    {
        lock (_gate)
        {
            Known[verdict.Key] = verdict;
            _unsaved.Add(verdict);
        }
    }

    private Dictionary<string, KernelVerdict> Load()
    {
        _file?.AddBegun();
        var known = new Dictionary<string, KernelVerdict>();
        foreach (KernelVerdict verdict in _isAnew ? [] : _file?.Read(_device) ?? [])
        {
            known[verdict.Key] = verdict;
        }

        return known;
    }
}
