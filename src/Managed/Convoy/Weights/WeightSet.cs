using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using CommunityToolkit.HighPerformance;
using Convoy.Files;
using Convoy.Weights.Fitting;
using Convoy.Weights.Formats;

namespace Convoy.Weights;

/// <summary>
/// Trained weights: tensors by name, and where they came from. A set opened from a file keeps it open, and reads a tensor each
/// time it is asked for: the file may meanwhile be renamed, replaced or deleted; one that is written to is an error. Reading is
/// safe from several threads.
/// </summary>
public sealed class WeightSet : IDisposable
{
    /// <summary>The most bytes one tensor may take: 2 GiB less one, what a span can hold.</summary>
    internal const int MaxTensorBytes = int.MaxValue;

    private readonly IReadOnlyList<WeightTensor> _tensors;
    private readonly Dictionary<string, WeightTensor> _byName;
    private readonly IReadOnlyList<WeightStorage> _storages;

    /// <summary>The network that has these tensors, under their names and in its own order; null where none is known.</summary>
    private readonly Network? _network;
    private bool _isDisposed;

    private WeightSet(
        string source,
        IReadOnlyList<WeightTensor> tensors,
        IReadOnlyDictionary<string, string> metadata,
        IReadOnlyList<WeightStorage> storages,
        Network? network = null)
    {
        Source = source;
        Metadata = metadata;
        _tensors = tensors;
        _byName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        _storages = storages;
        _network = network;
    }

    /// <summary>Where the weights came from, as messages name it: "a.safetensors", "random (seed 1)".</summary>
    public string Source { get; }

    /// <summary>The tensors, in the order their bytes have in the file.</summary>
    /// <exception cref="ObjectDisposedException">The set was disposed.</exception>
    public IReadOnlyCollection<WeightTensor> Tensors
    {
        get
        {
            ThrowIfDisposed();
            return _tensors;
        }
    }

    /// <summary>Free text that came with the weights.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The names of a file's tensors that have no element, as no layer's does: they are passed over.</summary>
    public IReadOnlyCollection<string> EmptyTensors { get; private init; } = [];

    /// <summary>Opens a weights file, such as safetensors; its tensors are read when they are used. Its format is recognised by its content, not by its name.</summary>
    /// <exception cref="WeightException">
    /// It cannot be opened, has no format that is read, or is malformed; the sentence names the file and the fault.
    /// </exception>
    public static WeightSet Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Read(FileStorage.Open(path));
    }

    /// <summary>Reads a weights file out of a stream, to its end.</summary>
    /// <param name="stream">At least as many bytes as the file has; it is left open.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="WeightException">It has no format that is read, or is malformed; the sentence names the source and the fault.</exception>
    public static WeightSet Load(Stream stream, string source)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(source);
        var bytes = new MemoryStream();
        try
        {
            stream.CopyTo(bytes);
        }
        catch (IOException e)
        {
            throw WeightException.Unreadable(source, $"reading failed ({e.Message.TrimEnd('.')})", e);
        }

        return Load(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), source);
    }

    /// <summary>Reads a weights file that is in memory. The bytes are used where they lie, and must not change.</summary>
    /// <exception cref="WeightException">It has no format that is read, or is malformed; the sentence names the source and the fault.</exception>
    public static WeightSet Load(ReadOnlyMemory<byte> bytes, string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Read(new HeapStorage(source, bytes));
    }

    /// <summary>
    /// Makes random weights for a network: He-normal, or LeCun-normal before a tanh, with small biases. A tensor's numbers
    /// depend on the seed, its name, and the layer it belongs to; they have the same bits on every machine.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="seed">Chooses the numbers.</param>
    /// <param name="progress">Called with how many more numbers there are, on any thread; null for none.</param>
    /// <exception cref="WeightException">A tensor is larger than 2 GiB.</exception>
    public static WeightSet Random(Network network, int seed, Action<long>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        string digits = seed.ToString(CultureInfo.InvariantCulture);
        var metadata = new Dictionary<string, string> { ["model"] = network.Name, ["weights"] = "random", ["seed"] = digits };
        return FromTensors($"random (seed {digits})", RandomWeights.Create(network, seed, progress), metadata, network);
    }

    /// <summary>Makes a set of numbers at hand. The arrays are used where they lie, and must not change.</summary>
    /// <exception cref="WeightException">Two tensors have one name, or an array's length does not fit its shape.</exception>
    public static WeightSet FromTensors(string source, IEnumerable<(string Name, Shape Shape, float[] Values)> tensors) =>
        FromTensors(source, tensors, new Dictionary<string, string>());

    /// <summary>The tensor of a name.</summary>
    /// <exception cref="ObjectDisposedException">The set was disposed.</exception>
    public bool TryGet(string name, [NotNullWhen(true)] out WeightTensor? tensor)
    {
        ThrowIfDisposed();
        return _byName.TryGetValue(name, out tensor);
    }

    /// <summary>
    /// Writes the tensors, in their order, and the metadata as a safetensors file; where the name ends so, as NumPy's npz or npy, PyTorch's
    /// pth, Caffe's caffemodel, or Keras' h5 or weights.h5, none of which has a place for metadata. Keras' are written of a network's
    /// weights alone: those of <see cref="FitTo"/>, random ones, or a model's. Rounds to the nearest where the type is
    /// shorter; a number beyond its range (65,504 in fp16) becomes infinite. A file of that name is replaced once the new
    /// one is complete; on failure it stays as it was.
    /// </summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="type">What tensors of floating point are written as; null leaves each as it is. Others are never changed.</param>
    /// <param name="progress">Called with how many more bytes are written; null for none.</param>
    /// <exception cref="WeightException">The file cannot be written, or cannot hold a tensor.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The type is none of floating point.</exception>
    /// <exception cref="ObjectDisposedException">The set was disposed.</exception>
    public void Save(string path, ElementType? type = ElementType.Float32, Action<long>? progress = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ThrowIfDisposed();
        if (type is { } asked && !asked.IsFloatingPoint())
        {
            throw new ArgumentOutOfRangeException(nameof(type), type, "Weights are saved in floating point.");
        }

        if (_tensors.FirstOrDefault(tensor => tensor.IsChannelsLast && tensor.Shape.Rank == 2) is { } undecided)
        {
            throw new WeightException(
                $"The tensor {WeightException.Quote(undecided.Name)} of {Source} may count a feature map by rows, columns and channels, and only the network tells; fit the weights to it first ('convoy convert --model' with the file of the model, or FitTo).");
        }

        IWritableWeightFormat format = WeightFormats.ForName(path) ?? WeightFormats.ForSaving;
        var written = new WrittenWeights(_tensors, Metadata, type) { Network = _network, FileName = path };
        WeightFile.Save(path, file => format.Write(progress is null ? file : new CountedStream(file, progress), written));
    }

    /// <summary>Makes a set of a network's tensors, which a model file's reader found; it disposes of the storages.</summary>
    internal static WeightSet FromContents(string source, WeightContents contents, Network network) =>
        new(source, contents.Tensors, contents.Metadata, contents.Unpacked, network);

    /// <summary>
    /// Checks that the set has every tensor a network needs, each of the right shape, and no other but harmless ones: those in
    /// other types than floating point, and what training keeps for itself (num_batches_tracked, an optimizer's state).
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="isStrict">Whether harmless ones are refused too.</param>
    /// <exception cref="WeightException">It does not: the sentence names the tensors at fault, the first five with both shapes.</exception>
    /// <exception cref="ObjectDisposedException">The set was disposed.</exception>
    public void Validate(Network network, bool isStrict = false)
    {
        ArgumentNullException.ThrowIfNull(network);
        ThrowIfDisposed();
        var needed = network.Parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.Ordinal);
        WeightValidation.Check(Source, network, _byName, _tensors.Where(tensor => !needed.Contains(tensor.Name)), isStrict);
        FlatteningOrder.Check(Source, network, _byName);
        CheckEmpty(network, isStrict);
    }

    /// <summary>
    /// Finds a network's tensors in the set, under whatever names, as <see cref="WeightNaming"/> has it, and checks them as
    /// <see cref="Validate"/> does.
    /// </summary>
    /// <exception cref="WeightException">They are not there, or not under names that can be told; the sentence names the tensors at fault.</exception>
    /// <exception cref="ObjectDisposedException">The set was disposed.</exception>
    public WeightFit FitTo(Network network, WeightFitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ThrowIfDisposed();
        CheckEmpty(network, options?.IsStrict ?? false);
        (NameAssignment names, IReadOnlyList<WeightTensor> tensors) = WeightFitting.Fit(
            Source, _tensors, network, options ?? new WeightFitOptions(), out IReadOnlyList<WeightStorage> made, out IReadOnlyList<WeightTensor> passedOver);
        var fitted = new WeightSet(Source, tensors, Metadata, [.. _storages, .. made], network) { EmptyTensors = EmptyTensors };
        var namesInFile = names.ByName.ToDictionary(each => each.Key, each => each.Value.Name, StringComparer.Ordinal);
        return new WeightFit(fitted, names.Naming, names.Description, namesInFile, passedOver);
    }

    /// <summary>Lets the numbers go: the file is closed, and any later use is an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        foreach (WeightStorage storage in _storages)
        {
            storage.Dispose();
        }
    }

    /// <summary>What was found in a file, which is then the set's.</summary>
    internal static WeightSet Of(WeightStorage file, WeightContents contents) =>
        new(file.Source, contents.Tensors, contents.Metadata, [file, .. contents.Unpacked]) { EmptyTensors = contents.Empty };

    private static WeightSet Read(WeightStorage file)
    {
        try
        {
            return Of(file, WeightFormats.Recognize(file).Read(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static WeightSet FromTensors(
        string source,
        IEnumerable<(string Name, Shape Shape, float[] Values)> tensors,
        IReadOnlyDictionary<string, string> metadata,
        Network? network = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(tensors);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var made = new List<WeightTensor>();
        var storages = new List<WeightStorage>();
        foreach ((string name, Shape shape, float[] values) in tensors)
        {
            ArgumentNullException.ThrowIfNull(values);
            string quoted = WeightException.Quote(name);
            if (!names.Add(name))
            {
                throw new WeightException($"A tensor of {source} cannot be named {quoted}: the name is taken.");
            }

            if (values.Length != shape.Count || values.Length > MaxTensorBytes / sizeof(float))
            {
                throw new WeightException(
                    $"The tensor {quoted} of {source} has the shape {shape}, {shape.Count:N0} elements, but {values.Length:N0} are given.");
            }

            var storage = new HeapStorage(source, values.AsMemory().AsBytes());
            storages.Add(storage);
            made.Add(new WeightTensor(name, ElementType.Float32, shape, storage, 0, (int)storage.Length));
        }

        return new WeightSet(source, made, metadata, storages, network);
    }

    private void CheckEmpty(Network network, bool isStrict)
    {
        if (isStrict && EmptyTensors.Count > 0)
        {
            throw new WeightException($"{Source} has {WeightException.Quote(EmptyTensors.First())}, a tensor without an element, which the network '{network.Name}' does not need; leave out --strict to pass it over.");
        }
    }

    private void ThrowIfDisposed()
    {
        if (Volatile.Read(ref _isDisposed))
        {
            throw new ObjectDisposedException(nameof(WeightSet), $"The weights of '{Source}' are used after they were disposed.");
        }
    }
}
