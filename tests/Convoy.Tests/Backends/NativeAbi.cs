using System.Runtime.InteropServices;
using Convoy.Backends.Native;

namespace Convoy.Tests.Backends;

/// <summary>The calls of convoy.h by which the library tells of itself what Convoy has written down too.</summary>
internal static partial class NativeAbi
{
    /// <summary>The name of an activation.</summary>
    public static string? NameOf(ActivationKind activation) => Marshal.PtrToStringUTF8(GetActivationName(activation));

    /// <summary>The bytes of a struct; 0 for one that the library does not know.</summary>
    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_struct_size", StringMarshalling = StringMarshalling.Utf8)]
    public static partial ulong SizeOf(string name);

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_activation_name")]
    private static partial nint GetActivationName(ActivationKind activation);
}
