namespace Convoy.Weights.Formats.Caffe;

/// <summary>
/// Caffe's models, of which the weights are read (message NetParameter of caffe.proto): each layer's arrays are "NAME.weight" and
/// "NAME.bias". A batch normalisation keeps sums, and how many they are of; the Scale layer behind it has the rest of what is one
/// layer in a network, under the normalisation's name. Written ones have the layers that are read so.
/// </summary>
internal sealed class CaffeFormat : IWritableWeightFormat
{
    private const int OldLayers = 2;
    private const int Layers = 100;
    private const int MostLayers = 100_000;

    /// <inheritdoc/>
    public string Name => "Caffe";

    /// <inheritdoc/>
    public ImmutableArray<string> Endings { get; } = [".caffemodel"];

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> start, long length) => CaffeModel.Recognizes(start, length);

    /// <inheritdoc/>
    public WeightContents Read(WeightStorage file)
    {
        var reader = new ProtobufReader(file);
        var tensors = new List<WeightTensor>();
        var unpacked = new List<WeightStorage>();
        var empty = new List<string>();
        var names = new HashSet<string>(StringComparer.Ordinal);

        // By what they give: the normalisations that a Scale layer may belong to.
        var normalizations = new Dictionary<string, string>(StringComparer.Ordinal);
        int layers = 0;
        foreach (ProtobufReader.Field field in reader.ReadFields(0, file.Length))
        {
            if (field is not { Number: OldLayers or Layers, Wire: ProtobufWire.Length })
            {
                continue;
            }

            CaffeLayer layer = ++layers <= MostLayers
                ? CaffeLayer.Read(reader, field, isOld: field.Number == OldLayers)
                : throw reader.Fault($"it has more than {MostLayers:N0} layers");
            foreach (WeightTensor tensor in ReadTensors(file, reader, layer, normalizations, unpacked, empty))
            {
                tensors.Add(names.Add(tensor.Name) ? tensor : throw reader.Fault($"two of its arrays are named {WeightException.Quote(tensor.Name)}"));
            }
        }

        return new WeightContents(tensors, new Dictionary<string, string>(), unpacked) { Empty = empty };
    }

    /// <inheritdoc/>
    public void Write(Stream destination, WrittenWeights weights) => CaffeWriter.Write(destination, CaffeNaming.ToLayers(weights.Tensors, weights.Type));

    /// <summary>What one of a layer's arrays is called.</summary>
    public static string NameOf(int blob) => blob switch
    {
        0 => "weight",
        1 => "bias",
        _ => FormattableString.Invariant($"blob{blob}"),
    };

    private static IEnumerable<WeightTensor> ReadTensors(
        WeightStorage file, ProtobufReader reader, CaffeLayer layer, Dictionary<string, string> normalizations, List<WeightStorage> unpacked, List<string> empty)
    {
        string owner = layer.Type == "Scale" ? normalizations.GetValueOrDefault(layer.Reads, layer.Name) : layer.Name;
        if (layer is { Type: "BatchNorm", Blobs.Count: >= 2 })
        {
            normalizations[layer.Gives] = layer.Name;
            if (layer.Blobs.Any(blob => blob.IsEmpty))
            {
                throw reader.Fault($"the batch normalisation {WeightException.Quote(layer.Name)} has an array without a number");
            }

            return ReadSums(file, reader, layer, unpacked);
        }

        // What others give in its place is normalised no longer.
        normalizations.Remove(layer.Gives);
        empty.AddRange(layer.Blobs.Index().Where(each => each.Item.IsEmpty).Select(each => $"{owner}.{NameOf(each.Index)}"));
        return layer.Blobs.Index().Where(each => !each.Item.IsEmpty).Select(each => Read(each.Item, each.Index));

        WeightTensor Read(CaffeBlob blob, int i) => blob.ToTensor($"{owner}.{NameOf(i)}", ChooseShape(blob, layer.Type, i), file, unpacked);
    }

    /// <summary>Before 2014, a matrix was [1, 1, N, K] and a vector [1, 1, 1, N].</summary>
    private static Shape ChooseShape(CaffeBlob blob, string type, int index)
    {
        if (!blob.IsLegacy)
        {
            return new Shape(blob.Extents.AsSpan());
        }

        return (type, index) switch
        {
            ("InnerProduct", 0) => new Shape(blob.Extents[0] * blob.Extents[1] * blob.Extents[2], blob.Extents[3]),
            ("Convolution" or "Deconvolution", 0) => new Shape(blob.Extents.AsSpan()),
            _ => Shape.Vector(blob.Count),
        };
    }

    /// <summary>Mean and variance: what is kept of them, divided by the number that is kept with them.</summary>
    private static IEnumerable<WeightTensor> ReadSums(WeightStorage file, ProtobufReader reader, CaffeLayer layer, List<WeightStorage> unpacked)
    {
        double divisor = layer.Blobs.Count > 2 ? layer.Blobs[2].ReadFirst(reader) : 1;
        double factor = divisor == 0 ? 0 : 1 / divisor;
        yield return Scale(layer.Blobs[0], "running_mean");
        yield return Scale(layer.Blobs[1], "running_var");

        WeightTensor Scale(CaffeBlob blob, string name)
        {
            WeightTensor sums = blob.ToTensor($"{layer.Name}.{name}", Shape.Vector(blob.Count), file, unpacked);
            if (factor == 1)
            {
                return sums;
            }

            var storage = new UnpackedStorage(file.Source, blob.Count * sizeof(float), () => Multiply(sums, factor));
            unpacked.Add(storage);
            return new WeightTensor(sums.Name, ElementType.Float32, sums.Shape, storage, 0, (int)storage.Length);
        }
    }

    private static byte[] Multiply(WeightTensor sums, double factor)
    {
        float[] values = new float[sums.Shape.Count];
        sums.CopyTo(values);
        byte[] bytes = new byte[values.Length * sizeof(float)];
        for (int i = 0; i < values.Length; i++)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(i * sizeof(float)), (float)(values[i] * factor));
        }

        return bytes;
    }
}
