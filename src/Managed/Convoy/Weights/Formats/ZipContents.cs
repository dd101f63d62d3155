using System.IO.Compression;
using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats;

/// <summary>
/// The entries of a zip archive, none of which is unpacked before somebody reads it. What the archive says of their sizes is held
/// against what its own bytes could unpack to.
/// </summary>
internal static class ZipContents
{
    /// <summary>The most entries an archive may have; a limit of ours, a hundred times what a large network's has.</summary>
    public const int MaxEntries = 100_000;

    /// <summary>How much shorter deflate (RFC 1951) makes bytes at best: 258 of them in two bits.</summary>
    private const int BestRatio = 1032;

    /// <summary>Lists an archive's entries in its own order; their names differ.</summary>
    /// <exception cref="FileFaultException">It is damaged, or not such as it is read here.</exception>
    public static IReadOnlyList<EntryStorage> List(WeightStorage file)
    {
        try
        {
            var archive = new ZipArchive(new StorageStream(file), ZipArchiveMode.Read);
            var names = new HashSet<string>(StringComparer.Ordinal);
            if (archive.Entries.Count > MaxEntries)
            {
                throw new FileFaultException($"it is a zip archive of {archive.Entries.Count:N0} entries, more than the {MaxEntries:N0} that are read");
            }

            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                Check(entry, file);
                if (!names.Add(entry.FullName))
                {
                    throw new FileFaultException($"its zip archive has two entries named {Quote(entry.FullName)}");
                }
            }

            return [.. archive.Entries.Select(entry => new EntryStorage(file.Source, entry))];
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw new FileFaultException($"its zip archive is damaged or cut short ({e.Message.TrimEnd('.')})", e);
        }
    }

    /// <summary>Whether the base library reports so that an archive's bytes are not right.</summary>
    public static bool IsDamage(Exception exception) =>
        exception is InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException;

    private static void Check(ZipArchiveEntry entry, WeightStorage file)
    {
        string name = Quote(entry.FullName);
        if (entry.IsEncrypted)
        {
            throw new FileFaultException($"the entry {name} of its zip archive is encrypted; unpack it, and save it without a password");
        }

        if (entry.CompressedLength > file.Length || entry.Length > (BestRatio * entry.CompressedLength) + BestRatio)
        {
            throw new FileFaultException(
                $"the entry {name} of its zip archive is said to unpack to {entry.Length:N0} bytes from {entry.CompressedLength:N0}, which cannot be");
        }
    }
}
