using System.Collections.Immutable;
using Convoy.Profiling;

namespace Convoy.Tests.Support;

/// <summary>Profiles that nobody measured.</summary>
internal static class MadeUpProfile
{
    /// <summary>A profile of layers, of a batch of four on one thread.</summary>
    public static NetworkProfile Of(params ImmutableArray<LayerProfile> layers) => new()
    {
        Model = "model",
        Device = "device",
        DeviceName = "A device",
        Backend = "native",
        Precision = "fp32",
        Images = 4,
        Threads = 1,
        Batches = 3,
        Layers = layers,
        BusyMilliseconds = layers.Sum(layer => layer.Milliseconds),
        WallMilliseconds = layers.Sum(layer => layer.Milliseconds),
        Timeline = new Timeline([], []),
        Memory = new MemoryProfile(0, 0, 0, [], []),
    };

    /// <summary>A layer, and how long half of the runs took, more or less, for it.</summary>
    public static LayerProfile Layer(string name, double milliseconds, double spread = 0) => new()
    {
        Name = name,
        Layers = [name],
        Op = "conv",
        Algorithm = "direct",
        OutputShape = [1, 1, 1],
        Milliseconds = milliseconds,
        Spread = new Spread(milliseconds - (spread / 2), milliseconds, milliseconds + (spread / 2)),
    };
}
