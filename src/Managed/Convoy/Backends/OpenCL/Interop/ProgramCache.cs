using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>
/// Built programs on disk, one file each, so that only the first start on a device compiles. An entry is written as a whole,
/// so that processes that build at once do not see each other's halves.
/// Whatever is wrong with an entry or with the folder, the program is built from source instead; doctor tells why.
/// </summary>
internal sealed class ProgramCache
{
    /// <summary>What the entries may take together before those used longest ago are removed.</summary>
    public const int DefaultMaximumBytes = 256 << 20;

    /// <summary>What the file of one entry may have.</summary>
    public const int DefaultMaximumEntryBytes = DefaultMaximumBytes + ProgramCacheEntry.HeaderBytes;

    /// <summary>How the names of entries end.</summary>
    public const string EntrySuffix = ".clbin";

    private readonly Func<ClDevice, bool> _serves;

    /// <param name="folder">Where the entries lie; null keeps none. It is made when first written to.</param>
    /// <param name="maximumBytes">What they may take together.</param>
    /// <param name="serves">For which devices; by default all whose driver keeps no cache of its own.</param>
    public ProgramCache(string? folder, int maximumBytes = DefaultMaximumBytes, Func<ClDevice, bool>? serves = null)
    {
        Folder = folder;
        MaximumBytes = maximumBytes;
        _serves = serves ?? (device => !device.Platform.IsPocl);
    }

    /// <summary>Where the entries lie; null when the cache is disabled.</summary>
    public string? Folder { get; }

    public int MaximumBytes { get; }

    /// <summary>The user's cache: where CONVOY_CACHE says, else in the system's folder for caches.</summary>
    public static ProgramCache FromEnvironment() => new(CacheFolder.Find(Environment.GetEnvironmentVariable, CacheFolder.Programs));

    /// <summary>The name of an entry: a hash of everything that could change the binary.</summary>
    public static string KeyOf(KernelSource source, string options, ClDevice device)
    {
        var hash = new XxHash128();
        Span<byte> number = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(number, ProgramCacheEntry.FormatVersion);
        hash.Append(number);
        ReadOnlySpan<string> parts =
        [
            source.Text, options, device.Name, device.Vendor, device.Version, device.DriverVersion,
            device.Platform.Name, device.Platform.Version,
        ];
        foreach (string part in parts)
        {
            // Its length first, so that no two lists of parts make the same bytes.
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            BinaryPrimitives.WriteInt32LittleEndian(number, bytes.Length);
            hash.Append(number);
            hash.Append(bytes);
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <summary>Whether programs for this device are kept.</summary>
    public bool Serves(ClDevice device) => Folder is not null && _serves(device);

    /// <summary>An entry's binary; null when there is none or it is damaged.</summary>
    internal byte[]? Read(string key)
    {
        byte[]? file = null;
        Try(() => file = CacheFile.Read(PathOf(key), MaximumBytes + ProgramCacheEntry.HeaderBytes));
        if (file is null)
        {
            return null;
        }

        byte[]? binary = ProgramCacheEntry.Unwrap(key, file);
        if (binary is null)
        {
            Remove(key);
        }

        return binary;
    }

    /// <summary>Adds an entry where that is possible and there is something to add.</summary>
    internal void Write(string key, byte[] binary)
    {
        if (binary.Length == 0 || binary.Length > MaximumBytes)
        {
            return;
        }

        Try(() =>
        {
            CacheFile.Write(PathOf(key), ProgramCacheEntry.Wrap(key, binary));
            Trim();
        });
    }

    /// <summary>Notes that an entry is in use.</summary>
    internal void NoteUse(string key) => Try(() => File.SetLastWriteTimeUtc(PathOf(key), DateTime.UtcNow));

    /// <summary>Removes an entry that is damaged or that the driver will not take.</summary>
    internal void Remove(string key) => Try(() => File.Delete(PathOf(key)));

    private string PathOf(string key) => Path.Combine(Folder!, key + EntrySuffix);

    /// <summary>Removes entries from the one used longest ago until the rest fit.</summary>
    private void Trim()
    {
        FileInfo[] entries = [.. new DirectoryInfo(Folder!).EnumerateFiles("*" + EntrySuffix).OrderBy(file => file.LastWriteTimeUtc)];
        long bytes = entries.Sum(file => file.Length);
        foreach (FileInfo oldest in entries.TakeWhile(_ => bytes > MaximumBytes))
        {
            bytes -= oldest.Length;
            oldest.Delete();
        }
    }

    /// <summary>Does something to the folder, unless the system refuses.</summary>
    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The cache is done without.
        }
    }
}
