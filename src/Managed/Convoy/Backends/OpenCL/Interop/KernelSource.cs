using System.Reflection;
using System.Text;
using Convoy.Files;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>
/// The text of a kernel file with its <c>#include "other.cl"</c> lines replaced by what they name. Files come out of the
/// assembly; while kernels are being worked on, the environment variable CONVOY_KERNELS names a folder to read instead. One
/// file may be the host's own, written as the program runs.
/// </summary>
internal sealed class KernelSource
{
    /// <summary>The environment variable that names a folder to read kernels from.</summary>
    public const string FolderVariable = "CONVOY_KERNELS";

    private const int LongestQuote = 80;

    // A thousand times what the longest one here has.
    private const int MostFileBytes = 16 << 20;

    private readonly Dictionary<string, string[]> _files = [];

    private KernelSource(string name, string text, Func<string, string> read)
    {
        Name = name;
        var combined = new StringBuilder();
        Append(combined, name, text, read);
        Text = combined.ToString();
    }

    /// <summary>The file's name: "probe.cl".</summary>
    public string Name { get; }

    /// <summary>The text for the compiler, with #line directives so that its messages name the right file and line.</summary>
    public string Text { get; }

    /// <summary>Loads a kernel file from the assembly, or from the folder CONVOY_KERNELS names.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="written">A file that the host writes, wherever the others come from; null for none.</param>
    /// <exception cref="KernelSourceException">There is no such file.</exception>
    public static KernelSource Load(string name, WrittenKernelFile? written = null) =>
        LoadFrom(Environment.GetEnvironmentVariable(FolderVariable), name, written);

    /// <summary>Loads a kernel file from a folder, or from the assembly when the folder is null or empty.</summary>
    /// <exception cref="KernelSourceException">There is no such file.</exception>
    public static KernelSource LoadFrom(string? folder, string name, WrittenKernelFile? written = null)
    {
        Func<string, string> read = string.IsNullOrEmpty(folder) ? ReadEmbedded : file => ReadFile(folder, file);
        return new(name, read(name), file => file == written?.Name ? written.Text : read(file));
    }

    /// <summary>A piece of a source as it can stand in a sentence: on one line, without what steers a terminal, and not a page long.</summary>
    internal static string OnOneLine(string text) =>
        string.Concat(text.Take(LongestQuote).Select(c => char.IsControl(c) ? ' ' : c)) + (text.Length > LongestQuote ? "..." : "");

    /// <summary>The lines of one of the files within; those of the file itself for a name that is none of theirs.</summary>
    internal IReadOnlyList<string> LinesOf(string file) => _files.GetValueOrDefault(file) ?? _files[Name];

    /// <summary>The name of the file within that a compiler's message means.</summary>
    internal string FileOf(string mentioned) => _files.ContainsKey(mentioned) ? mentioned : Name;

    private static string? IncludedBy(string line)
    {
        string rest = line.TrimStart();
        if (!rest.StartsWith("#include", StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = rest.Split('"');
        return parts.Length == 3 ? parts[1] : null;
    }

    private static string ReadEmbedded(string name)
    {
        string resource = $"kernels/{name}";
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)
            ?? throw new KernelSourceException($"The kernel file '{name}' is not in the Convoy assembly (looked for the resource '{resource}'); rebuild Convoy with the file in kernels/.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static string ReadFile(string folder, string name)
    {
        try
        {
            using var reader = new StreamReader(new MemoryStream(RegularFile.ReadAllBytes(Path.Combine(folder, name), MostFileBytes)), Encoding.UTF8);
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new KernelSourceException(
                $"The kernel file '{Path.Combine(Path.GetFullPath(folder), OnOneLine(name))}', where {FolderVariable} points, could not be read ({OnOneLine(e.Message).TrimEnd('.')}): correct or unset {FolderVariable}.", e);
        }
    }

    private void Append(StringBuilder combined, string name, string text, Func<string, string> read)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        _files.Add(name, lines);
        combined.Append($"#line 1 \"{name}\"\n");
        for (int i = 0; i < lines.Length; i++)
        {
            if (IncludedBy(lines[i]) is not { } included)
            {
                combined.Append(lines[i]).Append('\n');
                continue;
            }

            // Every file is included once, as if it were guarded.
            if (!_files.ContainsKey(included))
            {
                Append(combined, included, read(included), read);
            }

            combined.Append($"#line {i + 2} \"{name}\"\n");
        }
    }
}

/// <summary>A file that kernels include and the host writes.</summary>
/// <param name="Name">What it is included as.</param>
/// <param name="Text">Its text.</param>
internal sealed record WrittenKernelFile(string Name, string Text);

/// <summary>A kernel file is not where it was looked for.</summary>
internal sealed class KernelSourceException : ConvoyException
{
    public KernelSourceException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
