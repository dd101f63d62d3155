using Convoy.Weights;

namespace Convoy.ModelFiles;

/// <summary>What a model file holds. Disposing of it disposes of its weights.</summary>
public sealed class ModelFile : IDisposable
{
    /// <summary>The network, over channels, rows and columns whatever order the file's own tensors have.</summary>
    public required Network Network { get; init; }

    /// <summary>The weights, by the names that the network has for them; null where the file has none.</summary>
    public WeightSet? Weights { get; init; }

    /// <summary>How the weights were found among the file's tensors; null where they need no finding.</summary>
    public WeightFit? Fit { get; init; }

    /// <summary>
    /// The inputs by the names and shapes that the file has for them. Where there are several, the network's one input is a vector of
    /// their numbers, one input behind the other.
    /// </summary>
    public required ImmutableArray<ModelPort> Inputs { get; init; }

    /// <summary>The outputs by the names and shapes that the file has for them, in the order of the network's.</summary>
    public required ImmutableArray<ModelPort> Outputs { get; init; }

    /// <summary>Free text that came with the model: who made it, its "preset", its "labels".</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The model's inputs as the network takes them: image by image, one input behind the other, each in channel, row, column order.
    /// </summary>
    /// <param name="inputs">The numbers of each of <see cref="Inputs"/>, in that order and each in the file's own, for any number of images.</param>
    /// <exception cref="ArgumentException">There are more or fewer than the inputs, or their lengths are not those of so many images.</exception>
    public float[] Arrange(params ReadOnlySpan<float[]> inputs)
    {
        if (inputs.Length != Inputs.Length)
        {
            throw new ArgumentException($"The model has {Inputs.Length:N0} inputs, but {inputs.Length:N0} are given.", nameof(inputs));
        }

        long imageLength = Inputs.Sum(port => port.Count);
        long images = inputs[0].Length / Inputs[0].Count;
        for (int i = 0; i < inputs.Length; i++)
        {
            if (images == 0 || inputs[i].Length != images * Inputs[i].Count)
            {
                throw new ArgumentException(
                    $"The input '{Inputs[i].Name}' has {Inputs[i].Count:N0} numbers an image, but {inputs[i].Length:N0} are given for {images:N0} images.", nameof(inputs));
            }
        }

        if (inputs.Length == 1 && !Inputs[0].IsChannelsLast)
        {
            return inputs[0];
        }

        float[] arranged = new float[images * imageLength];
        int next = 0;
        for (int image = 0; image < images; image++)
        {
            for (int i = 0; i < inputs.Length; i++)
            {
                int length = (int)Inputs[i].Count;
                Inputs[i].CopyChannelsFirst(inputs[i].AsSpan(image * length, length), arranged.AsSpan(next, length));
                next += length;
            }
        }

        return arranged;
    }

    /// <summary>The numbers of one of the network's outputs as the model has them: image by image, each in the file's own order.</summary>
    /// <param name="output">Which of <see cref="Outputs"/>.</param>
    /// <param name="numbers">What the network gives, for any number of images.</param>
    /// <exception cref="ArgumentException">The length is not that of so many images.</exception>
    public float[] ArrangeOutput(int output, float[] numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        ModelPort port = Outputs[output];
        if (numbers.Length % port.Count != 0)
        {
            throw new ArgumentException(
                $"The output '{port.Name}' has {port.Count:N0} numbers an image, but {numbers.Length:N0} are given.", nameof(numbers));
        }

        if (!port.IsChannelsLast)
        {
            return numbers;
        }

        float[] arranged = new float[numbers.Length];
        int length = (int)port.Count;
        for (int start = 0; start < numbers.Length; start += length)
        {
            port.CopyFileOrder(numbers.AsSpan(start, length), arranged.AsSpan(start, length));
        }

        return arranged;
    }

    /// <inheritdoc/>
    public void Dispose() => Weights?.Dispose();
}

/// <summary>An input or output of a model.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Extents">Its extents for one image, in the file's own order.</param>
/// <param name="HasBatch">Whether the file's tensor has a further extent in front, which counts images.</param>
/// <param name="IsChannelsLast">Whether its extents are height, width and channels, where the network has channels, height and width.</param>
public sealed record ModelPort(string Name, ImmutableArray<int> Extents, bool HasBatch = true, bool IsChannelsLast = false)
{
    /// <summary>How many numbers it has for one image.</summary>
    public long Count => Extents.Aggregate(1L, (count, extent) => count * extent);

    /// <summary>Its name and extents, the batch in front: "x [N, 3, 224, 224]".</summary>
    public override string ToString() => $"{Name} [{string.Join(", ", HasBatch ? ["N", .. Extents] : Extents.Cast<object>())}]{(IsChannelsLast ? " (channels last)" : "")}";

    /// <summary>Copies an image's numbers from the file's order, channels in front.</summary>
    internal void CopyChannelsFirst(ReadOnlySpan<float> source, Span<float> destination) =>
        Transpose(source, destination, columns: IsChannelsLast ? Extents[^1] : 1);

    /// <summary>Copies an image's numbers from the network's order, as the file has them.</summary>
    internal void CopyFileOrder(ReadOnlySpan<float> source, Span<float> destination) =>
        Transpose(source, destination, columns: IsChannelsLast ? source.Length / Extents[^1] : 1);

    private static void Transpose(ReadOnlySpan<float> source, Span<float> destination, int columns)
    {
        int rows = source.Length / columns;
        if (rows == 1 || columns == 1)
        {
            source.CopyTo(destination);
            return;
        }

        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                destination[(column * rows) + row] = source[(row * columns) + column];
            }
        }
    }
}
