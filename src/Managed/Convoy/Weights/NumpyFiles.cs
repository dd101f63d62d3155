using CommunityToolkit.HighPerformance;
using Convoy.Weights.Formats;

namespace Convoy.Weights;

/// <summary>A tensor with its numbers in row-major order, whatever it is for.</summary>
/// <param name="Name">Its name in the file it is from.</param>
/// <param name="Extents">Its extents, outermost first; none for a single number.</param>
/// <param name="Values">Its numbers.</param>
public sealed record NamedTensor(string Name, ImmutableArray<int> Extents, float[] Values);

/// <summary>Reads and writes tensors of any kind, such as a network's inputs and outputs, as NumPy arrays (npy).</summary>
public static class NpyFile
{
    /// <summary>Reads an array of floating-point numbers, in any order of axes and bytes; its name is the file's.</summary>
    /// <exception cref="WeightException">It cannot be read; the sentence names the file and the fault.</exception>
    public static NamedTensor Read(string path) => NumpyFiles.Read(path, (file, arranged) => NpyArray.Find(Path.GetFileNameWithoutExtension(path), file, arranged) is { } tensor
        ? [tensor]
        : throw new FileFaultException("it has no elements"))[0];

    /// <summary>Writes an array. A file of that name is replaced once the new one is complete.</summary>
    /// <exception cref="WeightException">The file cannot be written.</exception>
    /// <exception cref="ArgumentException">The numbers are not as many as the extents say.</exception>
    public static void Write(string path, NamedTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using HeapStorage numbers = NumpyFiles.Store(tensor, out WeightTensor stored);
        WeightFile.Save(path, file => NpyArray.Write(file, stored, ElementType.Float32), NumpyFiles.Kind);
    }
}

/// <summary>Reads and writes tensors of any kind as NumPy arrays by name (npz).</summary>
public static class NpzFile
{
    /// <summary>Reads arrays of floating-point numbers, in the file's order.</summary>
    /// <exception cref="WeightException">They cannot be read; the sentence names the file and the fault.</exception>
    public static IReadOnlyList<NamedTensor> Read(string path) => NumpyFiles.Read(path, (file, storages) => NpzFormat.Find(file, storages, []));

    /// <summary>Writes arrays. A file of that name is replaced once the new one is complete.</summary>
    /// <exception cref="WeightException">The file cannot be written, or two tensors have one name.</exception>
    /// <exception cref="ArgumentException">A tensor's numbers are not as many as its extents say.</exception>
    public static void Write(string path, IEnumerable<NamedTensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        using var set = WeightSet.FromTensors(path, tensors.Select(tensor => (tensor.Name, new Shape(tensor.Extents.AsSpan()), tensor.Values)));
        WeightFile.Save(path, file => new NpzFormat().Write(file, new WrittenWeights([.. set.Tensors], set.Metadata, ElementType.Float32)), NumpyFiles.Kind);
    }
}

/// <summary>What the two kinds of file have in common.</summary>
internal static class NumpyFiles
{
    /// <summary>What messages call what is in such a file.</summary>
    public const string Kind = "tensors";

    /// <summary>Reads all tensors of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="find">Finds the tensors, and adds the storages that they lie in.</param>
    public static IReadOnlyList<NamedTensor> Read(string path, Func<WeightStorage, ICollection<WeightStorage>, IReadOnlyList<WeightTensor>> find)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using FileStorage file = FileStorage.Open(path, Kind);
        var storages = new List<WeightStorage>();
        try
        {
            return [.. find(file, storages).Select(Read)];
        }
        catch (FileFaultException e)
        {
            throw WeightException.Unreadable(path, e.Message, e, Kind);
        }
        finally
        {
            storages.ForEach(storage => storage.Dispose());
        }
    }

    /// <summary>A tensor's numbers where they lie.</summary>
    public static HeapStorage Store(NamedTensor tensor, out WeightTensor stored)
    {
        var shape = new Shape(tensor.Extents.AsSpan());
        if (tensor.Values.Length != shape.Count || shape.Count > WeightSet.MaxTensorBytes / sizeof(float))
        {
            throw new ArgumentException($"The tensor '{tensor.Name}' of shape {shape} needs {shape.Count:N0} numbers, but {tensor.Values.Length:N0} are given.", nameof(tensor));
        }

        var storage = new HeapStorage(tensor.Name, tensor.Values.AsMemory().AsBytes());
        stored = new WeightTensor(tensor.Name, ElementType.Float32, shape, storage, 0, (int)storage.Length);
        return storage;
    }

    private static NamedTensor Read(WeightTensor tensor)
    {
        if (!tensor.ElementType.IsFloatingPoint())
        {
            throw new FileFaultException($"{WeightException.Quote(tensor.Name)} is {tensor.ElementTypeName}, but must be floating point; convert it with .astype('float32')");
        }

        float[] values = new float[tensor.Shape.Count];
        tensor.CopyTo(values);
        return new NamedTensor(tensor.Name, tensor.Shape.Extents, values);
    }
}
