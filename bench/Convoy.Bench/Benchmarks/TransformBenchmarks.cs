using BenchmarkDotNet.Attributes;
using Convoy.Backends;
using Convoy.Backends.Native;

namespace Convoy.Bench.Benchmarks;

/// <summary>
/// The changes of layout and type at a network's ends, on one thread: from and to the order frameworks hand images over in,
/// and bytes to normalised numbers. Images are AlexNet's; feature maps with many channels are its second pooling's.
/// </summary>
[MemoryDiagnoser]
public class TransformBenchmarks
{
    private readonly long[] _maps = [0];
    private NativeBackend _backend = null!;
    private IBatchEntry _entry = null!;
    private IBatchExit _exit = null!;
    private IArena _arena = null!;
    private float[] _floats = null!;
    private byte[] _bytes = null!;

    /// <summary>What is transformed.</summary>
    public static IEnumerable<Shape> Shapes => [Shape.Image(3, 227, 227), Shape.Image(256, 13, 13)];

    /// <summary>Channels, height and width of an image.</summary>
    [ParamsSource(nameof(Shapes))]
    public Shape Image { get; set; }

    /// <summary>Images transformed at a time.</summary>
    [Params(1, 16)]
    public int Batch { get; set; }

    private RegionContext Context => new() { Arena = _arena, Images = Batch, Inputs = _maps };

    /// <summary>Prepares both ways.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        float[] half = [.. Enumerable.Repeat(0.5f, Image.Channels)];
        _backend = new NativeBackend(threads: 1);
        _entry = _backend.PrepareEntry(Image, Layout.Nhwc, PixelNormalization.FromMeanAndDeviation(half, half), Batch);
        _exit = _backend.PrepareExit(Image, Layout.Nhwc, Batch);
        _arena = _backend.CreateArena(Image.Count * Batch * sizeof(float), Math.Max(_entry.ScratchBytes, _exit.ScratchBytes));
        _floats = RandomImages.Create(Image, Batch);
        _bytes = new byte[_floats.Length];
        new Random(1).NextBytes(_bytes);
    }

    /// <summary>Planes to channels last.</summary>
    [Benchmark]
    public void NchwToNhwc() => _entry.Run(_floats, Context);

    /// <summary>Channels last to planes.</summary>
    [Benchmark]
    public void NhwcToNchw() => _exit.Complete(_floats, Context);

    /// <summary>Bytes to normalised numbers, channels last both.</summary>
    [Benchmark]
    public void BytesToFloats() => _entry.Run(_bytes, Context);

    /// <summary>Frees it all.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _arena.Dispose();
        _exit.Dispose();
        _entry.Dispose();
        _backend.Dispose();
    }
}
