using System.Runtime.CompilerServices;

namespace Convoy.Backends.Native;

/// <summary>convoy_plan: what a planned operator needs. Plain data, made and read by the C library.</summary>
internal struct NativePlan()
{
    public uint StructSize = (uint)Unsafe.SizeOf<NativePlan>();
    public InstructionSet Isa;
    public NativeAlgorithm Algorithm;
    public int Batch;
    public ulong WeightCount;
    public ulong PackedBytes;
    public ulong BiasCount;
    public ulong SlopeCount;
    public ulong ScratchBytes;
    public ulong InputImageBytes;
    public ulong Input2ImageBytes;
    public ulong OutputImageBytes;
    public ulong WorkspaceBytes;
    public long WorkItems;
    public double Cost;
    public int Phases;
    public int Points;
    public NativeLayout InputLayout;
    public int Reserved;
    public InternalsArray Internals;

    /// <summary>The algorithm as tables show it: "direct", "winograd-8".</summary>
    public readonly string AlgorithmName =>
        Points == 0 ? NativeLibraryState.NameOf(Algorithm) : $"{NativeLibraryState.NameOf(Algorithm)}-{Points}";

    /// <summary>The library's own.</summary>
    [InlineArray(56)]
    public struct InternalsArray
    {
        private ulong _first;
    }
}

/// <summary>convoy_work: what a phase of a run does.</summary>
internal struct NativeWork()
{
    public uint StructSize = (uint)Unsafe.SizeOf<NativeWork>();
    public NativePhaseKind Kind;
    public double Operations;
    public double MapBytes;
    public double WeightBytes;
    public double WorkspaceBytes;
}

/// <summary>convoy_buffer: a piece of memory and its length.</summary>
internal struct BufferArgument(nint data, ulong bytes)
{
    public nint Data = data;
    public ulong Bytes = bytes;
}

/// <summary>convoy_run_args: what a run reads and writes.</summary>
internal struct RunArguments()
{
    public uint StructSize = (uint)Unsafe.SizeOf<RunArguments>();
    public int Images;
    public BufferArgument Input;
    public BufferArgument Input2;
    public BufferArgument Packed;
    public BufferArgument Bias;
    public BufferArgument Slopes;
    public BufferArgument Output;
    public BufferArgument Scratch;
    public BufferArgument Workspace;
}
