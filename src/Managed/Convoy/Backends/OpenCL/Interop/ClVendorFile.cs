using System.Text;
using Convoy.Files;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>A driver registered with the loader.</summary>
/// <param name="File">The file that registers it, or the variable that names its library.</param>
/// <param name="Variable">The environment variable that names this very file or library; null for one of a folder's.</param>
/// <param name="Library">The library it names; empty when the file names none.</param>
/// <param name="Problem">Why the library is not known or cannot be loaded; null when neither is so.</param>
internal sealed record ClVendorFile(string File, string? Variable, string Library, string? Problem)
{
    /// <summary>How the names of such files end.</summary>
    public const string Suffix = ".icd";

    // Some registrations have comments behind their line.
    private const int MostBytes = 1 << 20;

    // The longest path Linux takes; what is longer is none.
    private const int LongestPath = 4096;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>True when nothing is known to be wrong with the driver.</summary>
    public bool Loads => Problem is null;

    /// <summary>The driver as it is spoken of: by its library, or by what registers it where that names none.</summary>
    public string Subject => Library.Length > 0 ? $"The OpenCL driver '{Library}'" : $"The OpenCL driver that '{File}' registers";

    /// <summary>What ends its registration.</summary>
    public string Removal => Variable is null ? $"delete '{File}'" : $"correct or unset {Variable}";

    /// <summary>What keeps it from being loaded, for people, with what to do.</summary>
    public string ProblemSentence =>
        $"The OpenCL driver that {(File == Variable ? $"{File} names" : $"'{File}' registers")} cannot be loaded ({(Library.Length > 0 ? $"{Library}: " : "")}{Problem}); {(Variable is null ? "install its package again, or " : "")}{Removal}.";

    /// <summary>Reads a registration, whose first line names the library; never throws.</summary>
    public static ClVendorFile Read(string file, string? variable)
    {
        try
        {
            return Parse(file, variable, RegularFile.ReadAllBytes(file, MostBytes));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(file, variable, "", e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file" : e.Message.TrimEnd('.'));
        }
    }

    private static ClVendorFile Parse(string file, string? variable, ReadOnlySpan<byte> content)
    {
        int end = content.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = (end < 0 ? content : content[..end]).Trim(" \t\r"u8);
        return line.IsEmpty ? new(file, variable, "", "it names no library")
            : line.Length <= LongestPath && Decode(line) is { } library ? new(file, variable, library, null)
            : new(file, variable, "", "it is damaged: its first line is no path");
    }

    /// <summary>The line as text; null where it is none, or has what no path of a library has.</summary>
    private static string? Decode(ReadOnlySpan<byte> line)
    {
        try
        {
            string text = Strict.GetString(line);
            return text.Any(char.IsControl) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
