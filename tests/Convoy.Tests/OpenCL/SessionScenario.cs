using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>A network in small with all that the backend prepares in its own way, and images for three batches of it.</summary>
internal sealed class SessionScenario : IDisposable
{
    public const int Images = 5;
    public const int BatchSize = 2;
    private readonly WeightSet _weights;
    private readonly float[] _images;

    public SessionScenario()
    {
        _weights = WeightSet.Random(Network, 1);
        _images = TestData.Reals(Images * (int)Network.Input.Shape.Count, 2);
        using InferenceSession oracle = Network.Compile(Device.Reference, _weights);
        Expected = new float[Images * Network.Output.Shape.Count];
        oracle.Run(_images, Expected);
    }

    /// <summary>Padding, groups, a stride, branches that are concatenated and added, pooling, normalisation, fully connected layers that are a chain.</summary>
    public static Network Network { get; } = new NetworkBuilder("small", Shape.Image(3, 9, 8))
        .Convolution("stem", 8, 3, padding: 1)
        .Relu("stem.relu")
        .MaxPool("pool", 2, stride: 2)
        .Convolution("towers", 6, 3, padding: 1, groups: 2)
        .From("pool")
        .LocalResponseNormalization("lrn", 3)
        .Concat("both", "towers", "lrn")
        .Convolution("left", 5, 1)
        .From("both")
        .Convolution("right", 5, 1)
        .Add("sum", "left", "right")
        .Convolution("folded", 8, 4, stride: 2, padding: 1)
        .LocalResponseNormalization("lrn2", 3)
        .FullyConnected("fc", 9)
        .Tanh("fc.tanh")
        .FullyConnected("fc2", 7)
        .Softmax("prob")
        .Build();

    /// <summary>The kernels of each region; the first pools, too.</summary>
    public static string[][] Kernels { get; } =
    [
        ["pad", "direct_convolution"], ["pad", "convolution"], ["lrn"], ["concat", "concat"],
        ["convolution"], ["convolution"], ["elementwise"], ["pad", "convolution"], ["lrn"], ["chain"],
    ];

    /// <summary>The oracle's answers.</summary>
    public float[] Expected { get; }

    /// <summary>An OpenCL device, with the given traits or its own, as sessions are compiled for.</summary>
    public static Device DeviceOf(ClDevice device, DeviceTraits? traits = null, ProgramCache? cache = null)
    {
        var shared = new SharedContext(device);
        return new(
            $"opencl:{device}",
            device.Name,
            device.ComputeUnits,
            null,
            options => new OpenClBackend(device, shared, traits, cache, new() { Convolutions = options.ConvolutionAlgorithm }),
            null,
            shared.Pool.Counters);
    }

    /// <summary>The first device behind an API; no fault strikes meanwhile.</summary>
    public static Device FirstDevice(FaultyClApi api, Sharing sharing, ProgramCache? cache = null)
    {
        api.IsArmed = false;
        ClDevice device = ClPlatform.All(api, _ => { }).SelectMany(platform => platform.Devices).First();
        api.IsArmed = true;
        return DeviceOf(device, SharingTraits.Of(device, sharing), cache);
    }

    /// <summary>Compiles the network, for bytes too where it is to take them.</summary>
    public InferenceSession Compile(
        Device device, int batchSize = BatchSize, bool takesBytes = true, ConvolutionAlgorithm algorithm = ConvolutionAlgorithm.Auto)
    {
        var options = new SessionOptions
        {
            BatchSize = batchSize,
            ConvolutionAlgorithm = algorithm,
            Normalization = takesBytes ? new PixelNormalization([1f, 1f, 1f], [0f, 0f, 0f]) : null,
        };
        return Network.Compile(device, _weights, options);
    }

    /// <summary>Copies one of the images, as pipelines read them: items go round and round.</summary>
    public void Read(int item, Span<float> image) => _images.AsSpan(item % Images * image.Length, image.Length).CopyTo(image);

    /// <summary>The oracle's answer to an item.</summary>
    public float[] ExpectedOf(int item) => [.. Expected.Chunk(Expected.Length / Images).ElementAt(item % Images)];

    /// <summary>Runs all images.</summary>
    public float[] Run(InferenceSession session, IPhaseListener? listener = null)
    {
        var scores = new float[Expected.Length];
        session.Run(_images, scores, listener);
        return scores;
    }

    public void Dispose() => _weights.Dispose();
}
