namespace Convoy.Tests.Soak;

/// <summary>A network, images for it, and where its weights come from: they are opened anew in each round.</summary>
internal sealed class SoakNetwork : IDisposable
{
    private readonly TemporaryFolder? _folder;
    private readonly Func<WeightSet> _open;

    private SoakNetwork(Network network, int images, Func<WeightSet> open, TemporaryFolder? folder = null)
    {
        Network = network;
        Count = images;
        Images = TestData.Reals(images * ImageLength, 1);
        _open = open;
        _folder = folder;
    }

    public Network Network { get; }

    /// <summary>How many images there are.</summary>
    public int Count { get; }

    /// <summary>The images, one after the other.</summary>
    public float[] Images { get; }

    public int ImageLength => (int)Network.Input.Shape.Count;

    public int ScoreLength => (int)Network.Output.Shape.Count;

    /// <summary>LeNet-5 with the weights that come in the package.</summary>
    public static SoakNetwork LeNet5() => new(Convoy.Models.LeNet5.Create(), 70, PretrainedWeights.LeNet5);

    /// <summary>AlexNet with weights in a file.</summary>
    public static SoakNetwork AlexNet()
    {
        Network network = Convoy.Models.AlexNet.Create();
        var folder = new TemporaryFolder();
        string path = folder["alexnet.safetensors"];
        using (WeightSet weights = WeightSet.Random(network, 1))
        {
            weights.Save(path);
        }

        return new SoakNetwork(network, 9, () => WeightSet.Open(path), folder);
    }

    public WeightSet OpenWeights() => _open();

    /// <summary>Some of the images.</summary>
    public ReadOnlySpan<float> Slice(int first, int count) => Images.AsSpan(first * ImageLength, count * ImageLength);

    public void Dispose() => _folder?.Dispose();
}
