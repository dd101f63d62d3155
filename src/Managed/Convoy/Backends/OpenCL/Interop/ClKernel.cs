using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using Silk.NET.OpenCL;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>What a kernel asks of a work-group on its device.</summary>
/// <param name="MaxSize">The most work-items a work-group of it may have.</param>
/// <param name="LocalBytes">Local memory it uses.</param>
internal readonly record struct ClWorkGroupInfo(long MaxSize, long LocalBytes);

/// <summary>
/// A kernel and the arguments it will be launched with. Setting an argument allocates nothing. A kernel's arguments belong
/// to one thread at a time; a launch takes them as they are when it is enqueued.
/// </summary>
internal sealed unsafe class ClKernel : ClObject
{
    private const string ReadFacts = "read a kernel's facts";

    private readonly ClContext _context;

    internal ClKernel(ClContext context, ClProgram program, string name)
        : base(context.Api, Create(context, program, name))
    {
        _context = context;
        Name = name;
    }

    /// <summary>The function's name.</summary>
    public string Name { get; }

    /// <summary>What it asks of a work-group, as built.</summary>
    /// <exception cref="ClException">The driver fails to answer.</exception>
    public ClWorkGroupInfo WorkGroup => new(
        (long)Fact<nuint>(KernelWorkGroupInfo.WorkGroupSize),
        (long)Fact<ulong>(KernelWorkGroupInfo.LocalMemSize));

    /// <summary>Sets an argument that is a number or a vector; its size must be the kernel's.</summary>
    /// <exception cref="ClException">There is no such argument, or it has another size.</exception>
    public void SetArg<T>(int index, in T value)
        where T : unmanaged
    {
        fixed (T* pointer = &value)
        {
            Set(index, (nuint)sizeof(T), pointer);
        }
    }

    /// <summary>Sets an argument that is a pointer to global or constant memory; null passes NULL.</summary>
    /// <exception cref="ClException">There is no such argument, or it is no pointer.</exception>
    public void SetArg(int index, IClMemory? memory)
    {
        nint handle = memory?.Handle ?? 0;
        Set(index, (nuint)sizeof(nint), &handle);
    }

    private protected override ClStatus Release(nint handle) => Api.ReleaseKernel(handle);

    private static nint Create(ClContext context, ClProgram program, string name)
    {
        nint handle;
        ClStatus status;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            handle = context.Api.CreateKernel(program.Handle, text, out status);
        }

        if (status != ClStatus.Success)
        {
            throw new ClException("create a kernel", status, $"'{name}' of '{program.Name}' on '{context.Device}'");
        }

        return handle;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Set(int index, nuint bytes, void* value)
    {
        ClStatus status = Api.SetKernelArg(Handle, (uint)index, bytes, value);
        if (status != ClStatus.Success)
        {
            ThrowArgument(status, index, bytes);
        }
    }

    [DoesNotReturn]
    private void ThrowArgument(ClStatus status, int index, nuint bytes) =>
        throw new ClException("set a kernel's argument", status, $"argument {index} of '{Name}', {bytes} bytes");

    private T Fact<T>(KernelWorkGroupInfo name)
        where T : unmanaged => ClInfo.Value<T>(
            (capacity, value, size) => Api.GetKernelWorkGroupInfo(Handle, _context.Device.Handle, name, capacity, value, size), ReadFacts, Name);
}
