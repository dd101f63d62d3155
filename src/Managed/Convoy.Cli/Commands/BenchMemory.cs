namespace Convoy.Cli.Commands;

/// <summary>
/// What sessions of a network need of memory side by side, estimated from above, and half of what is free, which they may take.
/// </summary>
internal sealed class BenchMemory(Network network)
{
    // More than there is anywhere, and still to be added to.
    private const long Unbounded = 1L << 60;

    // As they are stored, and packed once more.
    private readonly long _weightBytes = 2 * network.ParameterCount * sizeof(float);

    // As if no feature map took another's place.
    private readonly long _imageBytes = network.Nodes.Sum(node => node.Shape.Count) * sizeof(float);

    private readonly long _freeBytes = MeasureFreeBytes();

    /// <summary>Which memory a session takes most of, and how much: that of a device, or of the host, which counts as that of the reference device.</summary>
    public (Device Memory, long Bytes) NeedOf(BenchCombination combination) =>
        (combination.Device.HasOwnMemory ? combination.Device : Device.Reference, (long)Math.Min(_weightBytes + ((double)_imageBytes * combination.Options.BatchSize), Unbounded));

    /// <summary>The bytes of a memory that sessions may take together.</summary>
    public long BoundOf(Device memory) => (memory.Limits?.GlobalMemoryBytes ?? _freeBytes) / 2;

    /// <summary>What the process may still take, quotas respected.</summary>
    private static long MeasureFreeBytes()
    {
        // The load is known as of the last collection, and there may have been none.
        GC.Collect(0);
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        return memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes;
    }
}
