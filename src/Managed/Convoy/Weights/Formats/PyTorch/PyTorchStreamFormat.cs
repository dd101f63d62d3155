using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats.PyTorch;

/// <summary>
/// PyTorch's files before 1.6 (torch/serialization.py, _legacy_save): five pickles, one behind the other: a magic number, the version
/// 1001, facts about the machine, the object, and the keys of its storages; then the storages in that order, each a count of eight
/// bytes and its numbers.
/// </summary>
internal sealed class PyTorchStreamFormat : IWeightFormat
{
    private const long Version = 1001;

    /// <summary>The magic number, 0x1950a86a20f9469cfc6c, as a pickle of its own.</summary>
    private static ReadOnlySpan<byte> Magic => [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E];

    /// <inheritdoc/>
    public string Name => "PyTorch's older stream";

    /// <inheritdoc/>
    public ImmutableArray<string> Endings { get; } = [".pt.tar"];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> start, long length) => start.StartsWith(Magic);

    /// <inheritdoc/>
    public WeightContents Read(WeightStorage file)
    {
        try
        {
            var pickles = new PickleReader(file, Magic.Length);
            if (PickleMachine.Read(pickles, []) is not Version)
            {
                throw new FileFaultException($"its version is not {Version}, the only one that PyTorch wrote");
            }

            bool isBigEndian = (PickleMachine.Read(pickles, []) as PickleDictionary)?["little_endian"] is false;
            var told = new List<TorchStorage>();
            object? root = PickleMachine.Read(pickles, told);
            List<object?> keys = PickleMachine.Read(pickles, []) as List<object?> ?? throw new FileFaultException("it does not list its storages");
            var storages = new List<WeightStorage>();
            var empty = new List<string>();
            Dictionary<string, TorchBytes> found = FindStorages(file, pickles.Position, keys, told);
            return new(
                TorchFile.FindTensors(root, file.Source, isBigEndian, storage => found[storage.Key], storages, empty),
                new Dictionary<string, string>(),
                storages)
            { Empty = empty };
        }
        catch (FileFaultException e)
        {
            throw Unreadable(file.Source, e.Message, e);
        }
    }

    private static Dictionary<string, TorchBytes> FindStorages(WeightStorage file, long position, List<object?> keys, List<TorchStorage> storages)
    {
        var told = new Dictionary<string, TorchStorage>(StringComparer.Ordinal);
        foreach (TorchStorage storage in storages)
        {
            if (!told.TryAdd(storage.Key, storage) && told[storage.Key] != storage)
            {
                throw new FileFaultException($"it has two storages {Quote(storage.Key)}");
            }
        }

        var found = new Dictionary<string, TorchBytes>(StringComparer.Ordinal);
        Span<byte> count = stackalloc byte[sizeof(long)];
        foreach (object? key in keys)
        {
            if (key is not string name || !told.TryGetValue(name, out TorchStorage? storage) || file.Length - position < count.Length)
            {
                throw new FileFaultException("it lists a storage that no tensor has, or is cut short");
            }

            file.Read(position, count);
            position += count.Length;
            Int128 length = (Int128)storage.Count * storage.Type.Size;
            if (BitConverter.ToInt64(count) != storage.Count || length > file.Length - position || !found.TryAdd(name, new TorchBytes(file, position, (long)length)))
            {
                throw new FileFaultException($"its storage {Quote(name)} of {storage.Count:N0} numbers is not as long as its pickle says, or cut short");
            }

            position += (long)length;
        }

        return told.Keys.FirstOrDefault(key => !found.ContainsKey(key)) is { } missing
            ? throw new FileFaultException($"it has no storage {Quote(missing)}")
            : found;
    }
}
