using System.IO.Compression;
using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats;

/// <summary>NumPy arrays by name (npz): a zip archive, compressed or not, with an entry "conv1.weight.npy" for each array.</summary>
internal sealed class NpzFormat : IWritableWeightFormat
{
    private const string Ending = ".npy";

    /// <summary>What NumPy too dates its entries, so that a file depends on nothing but what is in it.</summary>
    private static readonly DateTimeOffset Date = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public string Name => "NumPy's npz";

    /// <inheritdoc/>
    public ImmutableArray<string> Endings { get; } = [".npz"];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> start, long length) => ZipSignature.FirstName(start).EndsWith(Ending, StringComparison.Ordinal);

    /// <summary>Finds an archive's arrays, in its order.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="storages">Gets the storages that the tensors lie in, and others.</param>
    /// <param name="empty">Gets the names of arrays without an element.</param>
    /// <exception cref="FileFaultException">It is malformed.</exception>
    public static IReadOnlyList<WeightTensor> Find(WeightStorage file, ICollection<WeightStorage> storages, ICollection<string> empty)
    {
        var tensors = new List<WeightTensor>();
        foreach (EntryStorage entry in ZipContents.List(file))
        {
            storages.Add(entry);
            if (!entry.Name.EndsWith(Ending, StringComparison.Ordinal))
            {
                continue;
            }

            if (Find(entry, storages) is { } tensor)
            {
                tensors.Add(tensor);
            }
            else
            {
                empty.Add(NameOf(entry));
            }
        }

        return tensors;
    }

    /// <inheritdoc/>
    public WeightContents Read(WeightStorage file)
    {
        try
        {
            var storages = new List<WeightStorage>();
            var empty = new List<string>();
            return new(Find(file, storages, empty), new Dictionary<string, string>(), storages) { Empty = empty };
        }
        catch (FileFaultException e)
        {
            throw Unreadable(file.Source, e.Message, e);
        }
    }

    /// <inheritdoc/>
    public void Write(Stream destination, WrittenWeights weights)
    {
        using var archive = new ZipArchive(destination, ZipArchiveMode.Create, leaveOpen: true);
        foreach (WeightTensor tensor in weights.Tensors)
        {
            ZipArchiveEntry entry = archive.CreateEntry(tensor.Name + Ending, CompressionLevel.NoCompression);
            entry.LastWriteTime = Date;
            using Stream array = entry.Open();
            NpyArray.Write(array, tensor, TensorBytes.TypeInFile(tensor, weights.Type));
        }
    }

    private static WeightTensor? Find(EntryStorage entry, ICollection<WeightStorage> storages)
    {
        try
        {
            return NpyArray.Find(NameOf(entry), entry, storages);
        }
        catch (FileFaultException e)
        {
            throw new FileFaultException($"its array {Quote(entry.Name)} cannot be used: {e.Message}", e);
        }
    }

    private static string NameOf(EntryStorage entry) => entry.Name[..^Ending.Length];
}
