namespace Convoy.Backends.OpenCL.Interop;

/// <summary>
/// Built programs on disk, one file each, so that only the first start on a device compiles. Whatever is wrong with an
/// entry or with the folder, the program is built from source instead; the counters tell.
/// </summary>
internal sealed class ProgramCache
{
    /// <summary>The environment variable that moves the cache to another folder, or with "off" disables it.</summary>
    public const string FolderVariable = "CONVOY_CACHE";

    /// <summary>What the entries may take together before the oldest are removed.</summary>
    public const long DefaultMaximumBytes = 256L << 20;

    private readonly Func<ClDevice, bool> _serves;
    private long _hits;
    private long _misses;
    private long _rejected;

    /// <param name="folder">Where the entries lie; null keeps none. It is made when first written to.</param>
    /// <param name="maximumBytes">What they may take together.</param>
    /// <param name="serves">For which devices; by default all whose driver keeps no cache of its own.</param>
    public ProgramCache(string? folder, long maximumBytes = DefaultMaximumBytes, Func<ClDevice, bool>? serves = null)
    {
        Folder = folder;
        MaximumBytes = maximumBytes;
        _serves = serves ?? (device => !device.Platform.IsPocl);
    }

    /// <summary>Where the entries lie; null when the cache is disabled.</summary>
    public string? Folder { get; }

    public long MaximumBytes { get; }

    /// <summary>Programs that came out of the cache.</summary>
    public long Hits => Interlocked.Read(ref _hits);

    /// <summary>Programs that were not there.</summary>
    public long Misses => Interlocked.Read(ref _misses);

    /// <summary>Entries that were there but damaged, foreign, or not to the driver's liking.</summary>
    public long Rejected => Interlocked.Read(ref _rejected);

    /// <summary>The user's cache: where CONVOY_CACHE says, else in the system's folder for caches.</summary>
    public static ProgramCache FromEnvironment() => new(null);

    /// <summary>The name of an entry: a hash of everything that could change the binary.</summary>
    public static string KeyOf(KernelSource source, string options, ClDevice device) => source.Name + options + device.Name;

    /// <summary>Whether programs for this device are kept.</summary>
    public bool Serves(ClDevice device) => Folder is not null && _serves(device);

    /// <summary>An entry's binary; null when there is none or it is damaged.</summary>
    internal byte[]? Read(string key)
    {
        string path = Path.Combine(Folder!, key);
        if (File.Exists(path))
        {
            return File.ReadAllBytes(path);
        }

        Interlocked.Increment(ref _misses);
        return null;
    }

    /// <summary>Adds an entry where that is possible.</summary>
    internal void Write(string key, byte[] binary) => File.WriteAllBytes(Path.Combine(Folder!, key), binary);

    internal void NoteHit() => Interlocked.Increment(ref _hits);

    /// <summary>Removes an entry that the driver would not take.</summary>
    internal void Reject(string key)
    {
        Interlocked.Increment(ref _rejected);
        File.Delete(Path.Combine(Folder!, key));
    }
}
