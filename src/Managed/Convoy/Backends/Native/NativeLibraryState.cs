using System.ComponentModel;
using System.Diagnostics;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Convoy.Backends.Native;

/// <summary>Whether the C library can be used, and if not, why. Found out once; finding out never throws.</summary>
internal static class NativeLibraryState
{
    private static readonly Lazy<string?> Reason = new(Probe);
    private static readonly Lazy<string?> Hash = new(HashLibrary);

    /// <summary>True when the library loads and is of this assembly's version.</summary>
    public static bool IsAvailable => Reason.Value is null;

    /// <summary>Why the library cannot be used and what to do about it, in a sentence; null when it can.</summary>
    public static string? UnavailableReason => Reason.Value;

    /// <summary>The instruction set the library uses on this CPU: "avx2".</summary>
    /// <exception cref="BackendException">The library cannot be used.</exception>
    public static string InstructionSetName => NameOf(BestInstructionSet);

    /// <summary>The instruction set the library uses on this CPU.</summary>
    /// <exception cref="BackendException">The library cannot be used.</exception>
    public static InstructionSet BestInstructionSet
    {
        get
        {
            ThrowIfUnavailable();
            return NativeMethods.GetBestIsa();
        }
    }

    /// <summary>The instruction sets that this CPU has and the library was built for, the best last.</summary>
    /// <exception cref="BackendException">The library cannot be used.</exception>
    public static ImmutableArray<InstructionSet> InstructionSets => [.. Enum.GetValues<InstructionSet>().Where(isa => isa != InstructionSet.Auto && Supports(isa))];

    /// <summary>
    /// A hash of the library's file, which changes with every change of its kernels; null where the system does not say which
    /// file was loaded, or it cannot be read.
    /// </summary>
    /// <exception cref="BackendException">The library cannot be used.</exception>
    public static string? ContentHash => Hash.Value;

    /// <summary>The ABI version the library states, right or wrong; null where no library states one.</summary>
    public static uint? AbiVersion
    {
        get
        {
            try
            {
                return NativeMethods.GetAbiVersion();
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
            {
                return null;
            }
        }
    }

    /// <summary>True when this CPU has the instruction set and the library was built for it.</summary>
    /// <exception cref="BackendException">The library cannot be used.</exception>
    public static bool Supports(InstructionSet isa)
    {
        ThrowIfUnavailable();
        return NativeMethods.IsIsaSupported(isa) != 0;
    }

    /// <summary>Images that micro-batches of the library are multiples of.</summary>
    internal static int MicroBatchUnit => (int)NativeMethods.GetConstant(NativeConstant.MicroBatchUnit);

    /// <summary>Bits of a weight in single precision that was exponent-coded, without loss.</summary>
    internal static int ExponentCodedBits => (int)NativeMethods.GetConstant(NativeConstant.ExponentCodedBits);

    internal static void ThrowIfUnavailable()
    {
        if (UnavailableReason is { } reason)
        {
            throw new BackendException(reason);
        }
    }

    internal static string NameOf(InstructionSet isa) =>
        Marshal.PtrToStringUTF8(NativeMethods.GetIsaName(isa)) ?? isa.ToString();

    internal static string NameOf(NativeAlgorithm algorithm) =>
        Marshal.PtrToStringUTF8(NativeMethods.GetAlgorithmName(algorithm)) ?? algorithm.ToString();

    internal static string NameOf(NativePhaseKind kind) =>
        Marshal.PtrToStringUTF8(NativeMethods.GetPhaseName(kind)) ?? kind.ToString();

    private static string? HashLibrary()
    {
        ThrowIfUnavailable();
        try
        {
            using var process = Process.GetCurrentProcess();
            string? file = process.Modules.Cast<ProcessModule>()
                .Select(module => module.FileName)
                .FirstOrDefault(name => Path.GetFileNameWithoutExtension(name).EndsWith(NativeMethods.Library, StringComparison.Ordinal));
            return file is null ? null : Convert.ToHexStringLower(XxHash3.Hash(File.ReadAllBytes(file)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            return null;
        }
    }

    private static string? Probe()
    {
        try
        {
            uint version = NativeMethods.GetAbiVersion();
            return version == NativeMethods.AbiVersion
                ? null
                : $"The native library '{NativeMethods.Library}' has ABI version {version}, but this Convoy needs {NativeMethods.AbiVersion}; rebuild the solution so that both are of one version.";
        }
        catch (DllNotFoundException)
        {
            return $"The native library '{NativeMethods.Library}' was not found beside the Convoy assembly; install CMake and a C compiler and build again, or use the device 'reference'.";
        }
        catch (BadImageFormatException)
        {
            return $"The native library '{NativeMethods.Library}' was built for another processor than this process runs on ({RuntimeInformation.ProcessArchitecture}); build it on this machine.";
        }
        catch (EntryPointNotFoundException e)
        {
            return $"The native library '{NativeMethods.Library}' is of another version than this Convoy ({e.Message}); rebuild the solution.";
        }
    }
}
