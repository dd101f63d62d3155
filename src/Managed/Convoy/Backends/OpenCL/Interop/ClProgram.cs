using System.IO.Hashing;
using System.Text;
using Silk.NET.OpenCL;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>A kernel file built for a device with certain options.</summary>
internal sealed unsafe class ClProgram : ClObject
{
    private readonly KernelSource _source;
    private readonly string _options;
    private KernelDeclarations? _declarations;
    private string? _identity;

    private ClProgram(ClContext context, KernelSource source, string options, nint handle)
        : base(context.Api, handle)
    {
        Context = context;
        _source = source;
        _options = options;
    }

    public ClContext Context { get; }

    /// <summary>The kernel file's name.</summary>
    public string Name => _source.Name;

    /// <summary>What it is built of, on any device: a hash of the source and the compiler's options.</summary>
    public string Identity => _identity ??= Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes($"{_options}\0{_source.Text}")));

    /// <summary>The kernels that its source declares, read once.</summary>
    /// <exception cref="KernelArgumentException">The source declares them in a way that is not understood.</exception>
    internal KernelDeclarations Declarations => _declarations ??= new KernelDeclarations(_source);

    /// <summary>Builds a kernel file, or takes it from the cache where it was built before.</summary>
    /// <param name="context">Where it is to run.</param>
    /// <param name="source">The kernel file.</param>
    /// <param name="options">The compiler's options: "-D TILE=6 -cl-fast-relaxed-math".</param>
    /// <param name="cache">Where binaries are kept; null keeps none.</param>
    /// <exception cref="ClBuildException">It does not compile.</exception>
    /// <exception cref="ClException">The driver refuses.</exception>
    public static ClProgram Build(ClContext context, KernelSource source, string options = "", ProgramCache? cache = null)
    {
        if (cache is null || !cache.Serves(context.Device))
        {
            return FromSource(context, source, options);
        }

        string key = ProgramCache.KeyOf(source, options, context.Device);
        if (cache.Read(key) is { } binary)
        {
            if (FromBinary(context, source, options, binary, out ClStatus status) is { } cached)
            {
                cache.NoteUse(key);
                return cached;
            }

            if (!IsBadBinary(status))
            {
                // The entry is as good as before: it is the driver that cannot load it now.
                return FromSource(context, source, options);
            }

            cache.Remove(key);
        }

        ClProgram program = FromSource(context, source, options);
        try
        {
            cache.Write(key, program.TryGetBinary());
            return program;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <summary>Makes a kernel of the program ready to be given arguments.</summary>
    /// <exception cref="ClException">There is no kernel of that name.</exception>
    /// <exception cref="KernelArgumentException">Its arguments as built are not those that the source declares.</exception>
    public ClKernel CreateKernel(string name) => ClKernel.Of(this, name);

    private protected override ClStatus Release(nint handle) => Api.ReleaseProgram(handle);

    private static ClProgram FromSource(ClContext context, KernelSource source, string options)
    {
        byte[] text = Encoding.UTF8.GetBytes(source.Text);
        nint handle;
        ClStatus status;
        fixed (byte* first = text)
        {
            handle = context.Api.CreateProgramWithSource(context.Handle, first, (nuint)text.Length, out status);
        }

        status.ThrowIfFailed("create a program", source.Name);
        var program = new ClProgram(context, source, options, handle);
        try
        {
            status = program.Compile(options);
            if (status != ClStatus.Success)
            {
                throw new ClBuildException(source, context.Device, options, program.Log(), status);
            }

            return program;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <summary>True for what a driver reports of a binary that it will never take; the rest says nothing of the binary.</summary>
    private static bool IsBadBinary(ClStatus status) => status is ClStatus.InvalidBinary or ClStatus.BuildProgramFailure;

    /// <summary>Null when the driver does not take the binary, and what it reported: the program is then built from source.</summary>
    private static ClProgram? FromBinary(ClContext context, KernelSource source, string options, byte[] binary, out ClStatus status)
    {
        nint handle;
        ClStatus binaryStatus;
        fixed (byte* first = binary)
        {
            handle = context.Api.CreateProgramWithBinary(context.Handle, context.Device.Handle, first, (nuint)binary.Length, out binaryStatus, out status);
        }

        if (status != ClStatus.Success)
        {
            return null;
        }

        var program = new ClProgram(context, source, options, handle);
        status = binaryStatus == ClStatus.Success ? program.Compile(options) : binaryStatus;
        if (status == ClStatus.Success)
        {
            return program;
        }

        program.Dispose();
        return null;
    }

    private ClStatus Compile(string options)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(options + '\0'))
        {
            return Api.BuildProgram(Handle, Context.Device.Handle, text);
        }
    }

    /// <summary>The compiler's log; what went wrong instead when the driver does not give it.</summary>
    private string Log()
    {
        try
        {
            return ClInfo.Text(
                (capacity, value, size) => Api.GetProgramBuildInfo(Handle, Context.Device.Handle, ProgramBuildInfo.BuildLog, capacity, value, size),
                "read the compiler's log", Name);
        }
        catch (ClException e)
        {
            return e.Message;
        }
    }

    /// <summary>The built program as the driver keeps it; empty when the driver does not give it.</summary>
    private byte[] TryGetBinary()
    {
        // One device, so one size and one pointer.
        nuint bytes;
        if (Api.GetProgramInfo(Handle, ProgramInfo.BinarySizes, (nuint)sizeof(nuint), &bytes, null) != ClStatus.Success
            || bytes is 0 or > int.MaxValue)
        {
            return [];
        }

        var binary = new byte[(int)bytes];
        fixed (byte* first = binary)
        {
            byte* pointer = first;
            return Api.GetProgramInfo(Handle, ProgramInfo.Binaries, (nuint)sizeof(nint), &pointer, null) == ClStatus.Success ? binary : [];
        }
    }
}
