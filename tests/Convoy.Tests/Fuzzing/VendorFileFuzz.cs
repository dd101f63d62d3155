using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.Fuzzing;

/// <summary>Files that register OpenCL drivers: never an error, and a word on each that names no library.</summary>
public sealed class VendorFileFuzz : ReaderFuzz
{
    private const string Name = "vendor.icd";

    private protected override int ShortCases => 2000;

    // Libraries that are nowhere: what a driver does when it is loaded is another matter.
    private protected override IReadOnlyList<byte[]> Seeds { get; } =
    [
        "/nowhere/libvendor-opencl.so.1\n"u8.ToArray(),
        "  /nowhere/lib.so \r\n# more\r\n"u8.ToArray(),
        [0x7F, .. "ELF\u0002\u0001\u0001\0/nowhere"u8],
        [],
    ];

    private protected override void Check(byte[] fuzzCase)
    {
        string path = Folder.Write(Name, fuzzCase);
        ClVendors vendors = ClVendors.Find(_ => null, Folder.Root);
        if (vendors.Files is not [var file] || file.File != path || (file.Loads ? !IsOneLine(file.Library) : file.Problem is not { Length: > 0 }))
        {
            throw new FuzzException($"The file is told of as: {string.Join("; ", vendors.Files)}");
        }
    }

    private static bool IsOneLine(string text) => text.Length > 0 && !text.Any(char.IsControl);
}
