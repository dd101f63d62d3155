using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>A kernel file does not compile on a device: the compiler's log, and the source lines it complains of.</summary>
internal sealed partial class ClBuildException : ClException
{
    private const string BuildOperation = "build a kernel file";

    // Lines shown before and after each line that the log mentions, and how many such lines at most.
    private const int Around = 2;
    private const int MaxMentions = 5;

    public ClBuildException(KernelSource source, ClDevice device, string options, string log, ClStatus status)
        : base(BuildOperation, status, source.Name, Describe(source, device, options, log, status))
    {
        KernelFile = source.Name;
        DeviceName = device.Name;
        Options = options;
        Log = log;
    }

    /// <summary>The kernel file: "probe.cl".</summary>
    public string KernelFile { get; }

    public string DeviceName { get; }

    /// <summary>The kernel that was wanted of it; empty where none was.</summary>
    public string Kernel { get; set; } = "";

    /// <summary>What the compiler said first, on one line.</summary>
    public string Complaint => KernelSource.OnOneLine(Log.Split('\n').FirstOrDefault(line => !string.IsNullOrWhiteSpace(line))?.Trim() ?? "the compiler gave no log");

    /// <summary>The compiler's options.</summary>
    public string Options { get; }

    /// <summary>What the compiler said, as it said it.</summary>
    public string Log { get; }

    private static string Describe(KernelSource source, ClDevice device, string options, string log, ClStatus status)
    {
        var text = new StringBuilder(
            $"OpenCL could not {BuildOperation} ('{source.Name}' on '{device.Name}', options '{options}'): {status.HeaderName()} ({(int)status}).");
        if (status.Advice() is { } advice)
        {
            text.Append(' ').Append(advice);
        }

        text.Append('\n').Append(log.Length > 0 ? log : "The compiler gave no log.");
        foreach ((string file, int line) in Mentions(source, log))
        {
            AppendExcerpt(text, source, file, line);
        }

        return text.ToString();
    }

    private static IEnumerable<(string File, int Line)> Mentions(KernelSource source, string log) =>
        Mention().Matches(log)
            .Select(match => (File: source.FileOf(match.Groups["file"].Value), Line: Number(match)))
            .Where(mention => mention.Line > 0 && mention.Line <= source.LinesOf(mention.File).Count)
            .Distinct()
            .Take(MaxMentions);

    private static int Number(Match match) =>
        int.TryParse(match.Groups["line"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int line) ? line : 0;

    private static void AppendExcerpt(StringBuilder text, KernelSource source, string file, int line)
    {
        IReadOnlyList<string> lines = source.LinesOf(file);
        text.Append($"\n{file}, line {line}:");
        for (int i = Math.Max(1, line - Around); i <= Math.Min(lines.Count, line + Around); i++)
        {
            text.Append($"\n{(i == line ? '>' : ' ')} {i,4} | {lines[i - 1]}");
        }
    }

    // Clang and those built on it write file:line:column; older compilers write "file", line N.
    [GeneratedRegex("""(?<file>[^\s:"]+):(?<line>\d+):\d+|"(?<file>[^"]+)",\s+line\s+(?<line>\d+)""")]
    private static partial Regex Mention();
}
