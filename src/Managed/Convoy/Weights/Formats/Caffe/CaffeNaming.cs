using System.Globalization;
using System.Text;
using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats.Caffe;

/// <summary>
/// Makes Caffe's layers of tensors by their names, as <see cref="CaffeFormat"/> reads them: NAME.weight and NAME.bias are a layer's
/// arrays; with NAME.running_mean and NAME.running_var they are those of two, of a BatchNorm and of the Scale behind it.
/// </summary>
internal sealed class CaffeNaming
{
    private const string Mean = "running_mean";
    private const string Variance = "running_var";

    /// <summary>As much as a reader finds in the beginning by which it tells what the file is.</summary>
    private const int LongestName = 1024;

    private readonly ElementType? _asked;
    private readonly HashSet<string> _names;

    private CaffeNaming(IEnumerable<string> names, ElementType? asked)
    {
        _names = names.ToHashSet(StringComparer.Ordinal);
        _asked = asked;
    }

    /// <summary>The layers, in the order of their first tensors.</summary>
    /// <exception cref="WeightException">A tensor is none of such a layer, or has a type that Caffe does not; the sentence names it.</exception>
    public static IReadOnlyList<CaffeWrittenLayer> ToLayers(IReadOnlyList<WeightTensor> tensors, ElementType? asked)
    {
        var roles = new Dictionary<string, Dictionary<string, WeightTensor>>(StringComparer.Ordinal);
        var names = new List<string>();
        foreach (WeightTensor tensor in tensors)
        {
            int dot = tensor.Name.LastIndexOf('.');
            string role = tensor.Name[(dot + 1)..];
            if (dot < 1 || !(role is Mean or Variance || FindIndex(role) is not null))
            {
                throw Misnamed(tensor);
            }

            string owner = tensor.Name[..dot];
            if (Encoding.UTF8.GetByteCount(owner) > LongestName)
            {
                throw new WeightException($"The tensor {Quote(tensor.Name)} has a name that is too long for a layer of Caffe's, which is written with up to {LongestName:N0} bytes; write a safetensors file.");
            }

            if (!roles.TryGetValue(owner, out Dictionary<string, WeightTensor>? layer))
            {
                roles.Add(owner, layer = new Dictionary<string, WeightTensor>(StringComparer.Ordinal));
                names.Add(owner);
            }

            layer.Add(role, tensor);
        }

        var naming = new CaffeNaming(names, asked);
        return [.. names.SelectMany(name => naming.ToLayers(name, roles[name]))];
    }

    /// <summary>Which of a layer's arrays a name stands for; null for another name.</summary>
    private static int? FindIndex(string role)
    {
        if (role is "weight" or "bias")
        {
            return role == "weight" ? 0 : 1;
        }

        const string Prefix = "blob";
        return role.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(role.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && index > 1 && role == CaffeFormat.NameOf(index) ? index : null;
    }

    private IEnumerable<CaffeWrittenLayer> ToLayers(string name, Dictionary<string, WeightTensor> tensors)
    {
        bool hasMean = tensors.Remove(Mean, out WeightTensor? mean);
        bool hasVariance = tensors.Remove(Variance, out WeightTensor? variance);
        if (hasMean != hasVariance)
        {
            throw new WeightException(
                $"The tensor {Quote((mean ?? variance)!.Name)} cannot be written as Caffe's, in which a batch normalisation has both {Quote($"{name}.{Mean}")} and {Quote($"{name}.{Variance}")}; give both, or leave it out.");
        }

        var blobs = new CaffeWrittenBlob[tensors.Count];
        foreach ((string role, WeightTensor tensor) in tensors)
        {
            int index = FindIndex(role)!.Value;
            if (index >= blobs.Length)
            {
                string missing = Enumerable.Range(0, index).Select(CaffeFormat.NameOf).First(each => !tensors.ContainsKey(each));
                throw new WeightException(
                    $"The tensor {Quote(tensor.Name)} cannot be written as Caffe's, which has a layer's arrays in their order, since there is no {Quote($"{name}.{missing}")}; give both, or leave it out (--model adds what the network has a default for).");
            }

            blobs[index] = ToBlob(tensor);
        }

        if (mean is null || variance is null)
        {
            yield return new CaffeWrittenLayer(name, TypeOf(tensors, blobs.Length), null, blobs);
            yield break;
        }

        if (mean.Shape.Rank != 1 || variance.Shape.Rank != 1)
        {
            throw new WeightException($"The tensor {Quote(mean.Name)} cannot be written as Caffe's, in which a mean and a variance are vectors; write a safetensors file.");
        }

        yield return new CaffeWrittenLayer(name, "BatchNorm", (name, name), [ToBlob(mean), ToBlob(variance), CaffeWrittenBlob.One]);
        if (blobs.Length > 0)
        {
            yield return new CaffeWrittenLayer(NameScale(name), "Scale", (name, name), blobs);
        }
    }

    /// <summary>Readers take little notice of it: what a layer is stands in the prototxt.</summary>
    private static string TypeOf(Dictionary<string, WeightTensor> tensors, int count) => (tensors["weight"].Shape.Rank, count) switch
    {
        (0 or 1, 1) => "PReLU",
        (0 or 1, _) => "Scale",
        (2, _) => "InnerProduct",
        _ => "Convolution",
    };

    /// <summary>A name that no other layer has.</summary>
    private string NameScale(string normalization)
    {
        string name = $"{normalization}/scale";
        while (!_names.Add(name))
        {
            name += "_";
        }

        return name;
    }

    private CaffeWrittenBlob ToBlob(WeightTensor tensor)
    {
        ElementType type = TensorBytes.TypeInFile(tensor, _asked);
        return type is ElementType.Float32 or ElementType.Float64 ? new CaffeWrittenBlob(tensor, type) : throw new WeightException(tensor.ElementType.IsFloatingPoint()
            ? $"The tensor {Quote(tensor.Name)} would be {type}, but Caffe's files have single and double precision alone; write fp32, or a safetensors file."
            : $"The tensor {Quote(tensor.Name)} is {tensor.ElementTypeName}, but Caffe's files have numbers of single and double precision alone; leave it out, as --model does with what a network does not need.");
    }

    private static WeightException Misnamed(WeightTensor tensor) => new(
        $"The tensor {Quote(tensor.Name)} cannot be written as Caffe's, whose names are LAYER.weight, LAYER.bias, and LAYER.{Mean} and LAYER.{Variance} of a batch normalisation; leave it out (--model does with what a network does not need), or write a safetensors file.");
}
