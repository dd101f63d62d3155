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
/// A kernel and the arguments it will be launched with, by the names that its source gives them. Those that change from launch
/// to launch are found once (<see cref="Argument{T}"/>, <see cref="Memory"/>); setting them allocates nothing and looks nothing
/// up. A kernel's arguments belong to one thread at a time; a launch takes them as they are when it is enqueued.
/// </summary>
internal sealed unsafe class ClKernel : ClObject
{
    private const string ReadFacts = "read a kernel's facts";

    private readonly ClContext _context;
    private readonly ClProgram _program;
    private KernelSignature _signature = null!;
    private ulong _unset;

    private ClKernel(ClContext context, ClProgram program, string name)
        : base(context.Api, Create(context, program, name))
    {
        _context = context;
        _program = program;
        Name = name;
    }

    /// <summary>The function's name.</summary>
    public string Name { get; }

    /// <summary>What it is built of: its name, its program's source and options.</summary>
    public string Identity => $"{Name} of {_program.Identity}";

    /// <summary>What it asks of a work-group, as built.</summary>
    /// <exception cref="ClException">The driver does not report it.</exception>
    public ClWorkGroupInfo WorkGroup => new(
        (long)Fact<nuint>(KernelWorkGroupInfo.WorkGroupSize),
        (long)Fact<ulong>(KernelWorkGroupInfo.LocalMemSize));

    /// <summary>Creates a kernel of a built program, and holds what its source declares against what the driver made of it.</summary>
    /// <exception cref="ClException">There is no kernel of that name, or the driver refuses.</exception>
    /// <exception cref="KernelArgumentException">The source's arguments are not read, or not as many as the driver's.</exception>
    internal static ClKernel Of(ClProgram program, string name)
    {
        var kernel = new ClKernel(program.Context, program, name);
        try
        {
            kernel.Take(program.Declarations.Find(name));
            return kernel;
        }
        catch
        {
            kernel.Dispose();
            throw;
        }
    }

    /// <summary>Finds an argument that is a number or a struct.</summary>
    /// <exception cref="KernelArgumentException">There is no such argument, or it has another type or size.</exception>
    public ClArgument<T> Argument<T>(string name)
        where T : unmanaged => new(this, _signature.IndexOfValue<T>(name));

    /// <summary>Finds an argument that is a pointer to global or constant memory.</summary>
    /// <exception cref="KernelArgumentException">There is no such argument, or it is no pointer.</exception>
    public ClMemoryArgument Memory(string name) => new(this, _signature.IndexOfMemory(name));

    /// <summary>Sets an argument that is a number or a struct, once.</summary>
    /// <exception cref="KernelArgumentException">There is no such argument, or it has another type or size.</exception>
    public void Set<T>(string name, in T value)
        where T : unmanaged => Argument<T>(name).Set(value);

    /// <summary>Sets an argument that is a pointer to global or constant memory, once; null passes NULL.</summary>
    /// <exception cref="KernelArgumentException">There is no such argument, or it is no pointer.</exception>
    public void Set(string name, IClMemory? memory) => Memory(name).Set(memory);

    /// <summary>Refuses a launch while arguments are missing.</summary>
    /// <exception cref="KernelArgumentException">An argument was never set.</exception>
    internal void ThrowIfIncomplete()
    {
        if (_unset != 0)
        {
            throw _signature.Unset(_unset);
        }
    }

    internal void SetAt<T>(int index, in T value)
        where T : unmanaged
    {
        fixed (T* pointer = &value)
        {
            SetAt(index, (nuint)sizeof(T), pointer);
        }
    }

    internal void SetAt(int index, IClMemory? memory)
    {
        nint handle = memory?.Handle ?? 0;
        SetAt(index, (nuint)sizeof(nint), &handle);
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

    private void Take(KernelSignature signature)
    {
        int count = signature.Parameters.Length;
        uint built = ClInfo.Value<uint>(
            (capacity, value, size) => Api.GetKernelInfo(Handle, KernelInfo.NumArgs, capacity, value, size), ReadFacts, Name);
        if (built != count)
        {
            throw new KernelArgumentException(
                $"The kernel '{Name}' of '{signature.File}' has {built} arguments as built (CL_KERNEL_NUM_ARGS), and its source declares {count}.");
        }

        _signature = signature;
        _unset = ulong.MaxValue >> (KernelDeclarations.MostParameters - count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetAt(int index, nuint bytes, void* value)
    {
        ClStatus status = Api.SetKernelArg(Handle, (uint)index, bytes, value);
        if (status != ClStatus.Success)
        {
            ThrowArgument(status, index, bytes);
        }

        _unset &= ~(1UL << index);
    }

    [DoesNotReturn]
    private void ThrowArgument(ClStatus status, int index, nuint bytes) =>
        throw new ClException("set a kernel's argument", status, $"'{_signature.Parameters[index].Name}' of '{Name}', {bytes} bytes");

    private T Fact<T>(KernelWorkGroupInfo name)
        where T : unmanaged => ClInfo.Value<T>(
            (capacity, value, size) => Api.GetKernelWorkGroupInfo(Handle, _context.Device.Handle, name, capacity, value, size), ReadFacts, Name);
}
