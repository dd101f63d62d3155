using System.Numerics;
using System.Runtime.CompilerServices;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>What a kernel file declares of one kernel: its arguments, in order.</summary>
/// <param name="File">The kernel file: "pool.cl".</param>
/// <param name="Kernel">The function's name.</param>
/// <param name="Parameters">Its arguments.</param>
internal sealed record KernelSignature(string File, string Kernel, ImmutableArray<KernelParameter> Parameters)
{
    /// <summary>The place of an argument that is a pointer.</summary>
    /// <exception cref="KernelArgumentException">The kernel has no such argument, or it is a number or a struct.</exception>
    public int IndexOfMemory(string name)
    {
        int index = IndexOf(name);
        return Parameters[index].IsMemory ? index : throw Mismatch(Parameters[index], "memory");
    }

    /// <summary>The place of an argument that is a number or a struct.</summary>
    /// <exception cref="KernelArgumentException">The kernel has no such argument, or one of another type or size.</exception>
    public int IndexOfValue<T>(string name)
        where T : unmanaged
    {
        int index = IndexOf(name);
        KernelParameter parameter = Parameters[index];
        string type = KernelTypes.NameOf(typeof(T));
        int bytes = Unsafe.SizeOf<T>();
        return parameter.IsMemory || parameter.Type != type || parameter.Bytes != bytes
            ? throw Mismatch(parameter, $"'{type}' of {bytes} bytes")
            : index;
    }

    /// <summary>The error on arguments that were never set; the first of them is named.</summary>
    /// <param name="unset">A bit for each, by its place.</param>
    public KernelArgumentException Unset(ulong unset) =>
        new($"The kernel '{Kernel}' of '{File}' is launched before its argument '{Parameters[BitOperations.TrailingZeroCount(unset)].Name}' was set.");

    private int IndexOf(string name)
    {
        for (int i = 0; i < Parameters.Length; i++)
        {
            if (Parameters[i].Name == name)
            {
                return i;
            }
        }

        throw new KernelArgumentException(
            $"The kernel '{Kernel}' of '{File}' has no argument '{name}'; it has {string.Join(", ", Parameters.Select(each => $"'{each.Name}'"))}.");
    }

    private KernelArgumentException Mismatch(KernelParameter parameter, string given) =>
        new($"The kernel '{Kernel}' of '{File}' takes its argument '{parameter.Name}' as {parameter}, and was to be given {given}.");
}

/// <summary>One argument of a kernel.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type; of what a pointer points to.</param>
/// <param name="Bytes">Its size; a pointer's is the device's matter, and 0 here.</param>
/// <param name="IsMemory">True for a pointer to global or constant memory.</param>
internal sealed record KernelParameter(string Name, string Type, int Bytes, bool IsMemory)
{
    /// <summary>In a sentence: "memory", "'pool_shape' of 56 bytes".</summary>
    public override string ToString() => IsMemory ? "memory" : $"'{Type}' of {Bytes} bytes";
}

/// <summary>A kernel is not declared as the host reads it, or not as the host uses it: a fault of the program, or of a kernel that was changed.</summary>
internal sealed class KernelArgumentException(string message) : ConvoyException(message);
