namespace Convoy.Tests.Conformance;

/// <summary>A published case as a network of ours: what to build, to run, and to expect.</summary>
internal sealed record LayerProblem(
    Network Network, IReadOnlyList<(string Name, Shape Shape, float[] Values)> Weights, float[] Images, float[] Expected)
{
    private const string Name = "node";

    /// <summary>One layer over one input; its weights are named as within the layer.</summary>
    public static LayerProblem Create(
        Layer layer, Shape image, float[] images, float[] expected, params (string Name, Shape Shape, float[] Values)[] weights)
    {
        Network network = new NetworkBuilder("published", image).Append(Name, layer).Build();
        return new LayerProblem(network, [.. weights.Select(each => each with { Name = $"{Name}.{each.Name}" })], images, expected);
    }

    /// <summary>
    /// One layer over several inputs. A network has one, so they enter as the channels of one image; convolutions by
    /// zeros and ones, which are exact, take it apart again.
    /// </summary>
    /// <param name="join">Adds the layer behind the parts of these names.</param>
    /// <param name="inputs">The tensors, each of so many channels.</param>
    /// <param name="count">The number of images.</param>
    /// <param name="pixels">The number of pixels of each channel.</param>
    /// <param name="expected">The answer.</param>
    public static LayerProblem Create(
        Action<NetworkBuilder, string[]> join, (int Channels, float[] Values)[] inputs, int count, int pixels, float[] expected)
    {
        int channels = inputs.Sum(input => input.Channels);
        var builder = new NetworkBuilder("published", Shape.Image(channels, pixels, 1));
        var weights = new List<(string, Shape, float[])>();
        var parts = new List<string>();
        int first = 0;
        foreach ((int part, _) in inputs)
        {
            string name = $"input{parts.Count}";
            parts.Add(name);
            builder.From("input").Convolution(name, part, kernel: 1, bias: false);
            weights.Add(($"{name}.weight", new Shape(part, channels, 1, 1), Select(part, channels, first)));
            first += part;
        }

        join(builder, [.. parts]);
        return new LayerProblem(builder.Build(), weights, Interleave(inputs, count, pixels), expected);
    }

    private static float[] Select(int part, int channels, int first)
    {
        var weight = new float[part * channels];
        for (int c = 0; c < part; c++)
        {
            weight[(c * channels) + first + c] = 1;
        }

        return weight;
    }

    private static float[] Interleave((int Channels, float[] Values)[] inputs, int count, int pixels) =>
    [
        .. from image in Enumerable.Range(0, count)
           from input in inputs
           from value in input.Values.AsSpan(image * input.Channels * pixels, input.Channels * pixels).ToArray()
           select value,
    ];
}
