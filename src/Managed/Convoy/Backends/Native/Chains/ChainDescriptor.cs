using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Convoy.Backends.Native;

internal partial struct ChainDescriptor : INativeDescriptor<ChainDescriptor>
{
    public NativeHeader Header;
    public NativeImage Input;
    public int LayerCount;
    public NativeChainLayers Layers;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_chain")]
    public static partial NativeStatus Plan(in ChainDescriptor descriptor, ref NativePlan plan);
}

/// <summary>A chain's layers; those behind the last are ignored.</summary>
[InlineArray(Length)]
internal struct NativeChainLayers
{
    public const int Length = 16;
    private NativeChainLayer _first;
}

/// <summary>A layer of a chain.</summary>
internal struct NativeChainLayer
{
    public NativeChainKind Kind;
    public int OutChannels;
    public NativeWindow Window;
    public NativeActivation Activation;
}

internal enum NativeChainKind
{
    Convolution = 0,
    MaxPool = 1,
    AveragePool = 2,
    Softmax = 3,
}
