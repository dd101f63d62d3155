using Convoy.Profiling;

namespace Convoy.Bench.Bounds;

/// <summary>A network of one layer of which it is known what bounds it.</summary>
/// <param name="Network">The network.</param>
/// <param name="Batch">Images at a time.</param>
/// <param name="Bound">What bounds its layer.</param>
internal sealed record KnownBound(Network Network, int Batch, Bound Bound)
{
    private const double LeastArithmeticSeconds = 2e-3;

    private const int Inputs = 4096;

    // So many times the last-level cache, of which the estimate counts on a half.
    private const int Caches = 4;
    private const long LeastWeightBytes = 64 << 20;

    /// <summary>One for each of three bounds, as large as a device has it that can do so much.</summary>
    public static KnownBound[] All(DevicePeaks peaks)
    {
        Network convolution = Of("1x1 convolution", Shape.Image(512, 28, 28), (network, name) => network.Convolution(name, 512, 1));
        int images = (int)Math.Ceiling(LeastArithmeticSeconds * 1e9 * peaks.GigaFlopsPerSecond / (2 * convolution.MultiplyAdds));
        int outputs = (int)(Math.Max(Caches * peaks.CacheBytes, LeastWeightBytes) / (Inputs * sizeof(float)));
        return
        [
            new(convolution, images, Bound.Arithmetic),
            new(Of("fully connected", Shape.Vector(Inputs), (network, name) => network.FullyConnected(name, outputs)), 1, Bound.Memory),
            new(Of("one pixel", Shape.Image(4, 1, 1), (network, name) => network.Convolution(name, 4, 1)), 1, Bound.Launch),
        ];
    }

    private static Network Of(string name, Shape input, Action<NetworkBuilder, string> addLayer)
    {
        var builder = new NetworkBuilder(name, input);
        addLayer(builder, name);
        return builder.Build();
    }
}
