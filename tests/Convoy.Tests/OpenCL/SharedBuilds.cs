using System.Runtime.InteropServices;
using System.Text;
using Convoy.Backends.OpenCL.Interop;
using Silk.NET.OpenCL;

namespace Convoy.Tests.OpenCL;

/// <summary>
/// One context of the driver's and one build of each program, for all the contexts and programs of many lives: building
/// takes far longer than anything else in them. What it hands out are tokens, which are told apart as handles are.
/// </summary>
internal sealed unsafe class SharedBuilds(ClApi inner) : IDisposable
{
    private readonly Dictionary<nint, string> _sources = [];
    private readonly Dictionary<nint, nint> _programs = [];
    private readonly Dictionary<(string Source, string Options), nint> _built = [];
    private nint _context;
    private nint _lastToken;

    /// <summary>What was built, each once.</summary>
    public IEnumerable<(string Source, string Options)> Built => _built.Keys;

    public nint CreateContext(nint* properties, nint device, out ClStatus status)
    {
        status = ClStatus.Success;
        if (_context == 0)
        {
            _context = inner.CreateContext(properties, device, out status);
        }

        return ++_lastToken;
    }

    /// <summary>The driver's context behind a token.</summary>
    public nint ContextOf(nint token)
    {
        Assert.That(token, Is.InRange((nint)1, _lastToken), "a context handed out here");
        return _context;
    }

    public nint CreateProgram(byte* source, nuint bytes, out ClStatus status)
    {
        status = ClStatus.Success;
        _sources.Add(++_lastToken, Encoding.UTF8.GetString(source, (int)bytes));
        return _lastToken;
    }

    /// <summary>A program out of what <see cref="GetProgramInfo"/> gave for a binary: it says which program it is of.</summary>
    public nint CreateProgramFromBinary(byte* binary, nuint bytes, out ClStatus binaryStatus, out ClStatus status)
    {
        Assert.That((int)bytes, Is.EqualTo(sizeof(nint)), "a binary handed out here");
        binaryStatus = status = ClStatus.Success;
        _programs[++_lastToken] = *(nint*)binary;
        return _lastToken;
    }

    /// <summary>The size of a binary, or the binary.</summary>
    public ClStatus GetProgramInfo(nint token, ProgramInfo name, void* value)
    {
        if (name == ProgramInfo.BinarySizes)
        {
            *(nuint*)value = (nuint)sizeof(nint);
        }
        else
        {
            Assert.That(name, Is.EqualTo(ProgramInfo.Binaries));
            **(nint**)value = _programs[token];
        }

        return ClStatus.Success;
    }

    public ClStatus Build(nint token, nint device, byte* options)
    {
        if (_programs.ContainsKey(token))
        {
            return ClStatus.Success;
        }

        (string Source, string Options) key = (_sources[token], Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(options)));
        if (!_built.TryGetValue(key, out nint program))
        {
            byte[] text = Encoding.UTF8.GetBytes(key.Source);
            fixed (byte* first = text)
            {
                program = inner.CreateProgramWithSource(_context, first, (nuint)text.Length, out _);
            }

            ClStatus status = inner.BuildProgram(program, device, options);
            Assert.That(status, Is.EqualTo(ClStatus.Success));
            _built.Add(key, program);
        }

        _programs[token] = program;
        return ClStatus.Success;
    }

    /// <summary>What a compiler that was never asked has to say.</summary>
    public static ClStatus NoLog(nuint* size)
    {
        *size = 0;
        return ClStatus.Success;
    }

    /// <summary>The driver's program behind a token that was built.</summary>
    public nint ProgramOf(nint token) => _programs[token];

    public void Dispose()
    {
        foreach (nint program in _built.Values)
        {
            inner.ReleaseProgram(program);
        }

        if (_context != 0)
        {
            inner.ReleaseContext(_context);
        }
    }
}
