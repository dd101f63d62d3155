using System.IO.Compression;
using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats.PyTorch;

/// <summary>
/// PyTorch's files since 1.6 (torch/serialization.py): a zip archive with a folder of any name, in which data.pkl is the pickle, data/KEY the numbers
/// of each storage, and byteorder, if it is there, says in which order their bytes come. Written ones have a version as well.
/// </summary>
internal sealed class PyTorchZipFormat : IWritableWeightFormat
{
    private const string PickleName = "/data.pkl";
    private const string WrittenFolder = "archive";

    /// <summary>So that a file depends on nothing but what is in it.</summary>
    private static readonly DateTimeOffset Date = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public string Name => "PyTorch's pth";

    /// <inheritdoc/>
    public ImmutableArray<string> Endings { get; } = [".pth", ".pt"];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> start, long length) => ZipSignature.FirstName(start).EndsWith(PickleName, StringComparison.Ordinal);

    /// <inheritdoc/>
    public WeightContents Read(WeightStorage file)
    {
        try
        {
            IReadOnlyList<EntryStorage> entries = ZipContents.List(file);
            Dictionary<string, EntryStorage> byName = entries.ToDictionary(entry => entry.Name, StringComparer.Ordinal);
            EntryStorage pickle = entries.FirstOrDefault(entry => entry.Name.EndsWith(PickleName, StringComparison.Ordinal))
                ?? throw new FileFaultException("its zip archive has no pickle");
            string folder = pickle.Name[..^PickleName.Length];
            var storages = new List<WeightStorage>(entries);
            var empty = new List<string>();
            object? root = PickleMachine.Read(new PickleReader(pickle, 0), []);
            return new(
                TorchFile.FindTensors(root, file.Source, IsBigEndian(byName.GetValueOrDefault($"{folder}/byteorder")), Find, storages, empty),
                new Dictionary<string, string>(),
                storages)
            { Empty = empty };

            TorchBytes Find(TorchStorage storage)
            {
                if (!byName.TryGetValue($"{folder}/data/{storage.Key}", out EntryStorage? entry))
                {
                    throw new FileFaultException($"its zip archive has no storage {Quote(storage.Key)}");
                }

                return entry.Length == (Int128)storage.Count * storage.Type.Size
                    ? new TorchBytes(entry, 0, entry.Length)
                    : throw new FileFaultException($"its storage {Quote(storage.Key)} of {storage.Count:N0} numbers has {entry.Length:N0} bytes");
            }
        }
        catch (FileFaultException e)
        {
            throw Unreadable(file.Source, e.Message, e);
        }
    }

    /// <inheritdoc/>
    public void Write(Stream destination, WrittenWeights weights)
    {
        (IReadOnlyList<WeightTensor> tensors, _, ElementType? type) = weights;
        byte[] pickle = PickleWriter.Write([.. tensors.Select(tensor => (tensor.Name, tensor.Shape, TypeInFile(tensor, type)))]);
        using var archive = new ZipArchive(destination, ZipArchiveMode.Create, leaveOpen: true);
        Add(PickleName, entry => entry.Write(pickle));
        Add("/byteorder", entry => entry.Write("little"u8));
        for (int i = 0; i < tensors.Count; i++)
        {
            Add($"/data/{i}", entry => TensorBytes.Write(entry, tensors[i], TensorBytes.TypeInFile(tensors[i], type)));
        }

        Add("/version", entry => entry.Write("3\n"u8));

        void Add(string name, Action<Stream> write)
        {
            ZipArchiveEntry entry = archive.CreateEntry(WrittenFolder + name, CompressionLevel.NoCompression);
            entry.LastWriteTime = Date;
            using Stream stream = entry.Open();
            write(stream);
        }
    }

    private static TorchType TypeInFile(WeightTensor tensor, ElementType? asked) => TorchType.Of(TensorBytes.TypeInFile(tensor, asked))
        ?? throw new WeightException($"The tensor {Quote(tensor.Name)} is {tensor.ElementTypeName}, which PyTorch's files have no storages of; leave it out, or write safetensors.");

    private static bool IsBigEndian(EntryStorage? byteOrder)
    {
        if (byteOrder is null)
        {
            return false;
        }

        byte[] word = new byte[Math.Min(byteOrder.Length, "little".Length)];
        byteOrder.Read(0, word);
        return word.AsSpan().SequenceEqual("big"u8) ? true
            : word.AsSpan().SequenceEqual("little"u8) ? false
            : throw new FileFaultException("it does not say in which order its numbers' bytes come");
    }
}
