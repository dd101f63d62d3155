using System.Globalization;
using System.Text.RegularExpressions;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>
/// The kernels that a source declares, read from its text: the driver's own names (CL_KERNEL_ARG_NAME) need an option at
/// build time and are lost with binaries. The text is not preprocessed, so a kernel may have several bodies under #if, but one
/// list of arguments, in which no macro stands.
/// </summary>
internal sealed partial class KernelDeclarations
{
    /// <summary>The most arguments of a kernel: the host keeps track of those set by a bit each.</summary>
    public const int MostParameters = 64;

    // More than any device takes as an argument.
    private const long MostStructBytes = 1 << 16;

    private readonly string _file;
    private readonly Dictionary<string, int> _structBytes = [];
    private readonly Dictionary<string, KernelSignature> _kernels = [];

    /// <summary>Reads a source.</summary>
    /// <exception cref="KernelArgumentException">A kernel or a struct that one takes is not declared in a way that is understood.</exception>
    public KernelDeclarations(KernelSource source)
    {
        _file = source.Name;
        string text = Directive().Replace(Comment().Replace(source.Text, " "), "");
        foreach (Match match in Struct().Matches(text))
        {
            Add(_structBytes, match.Groups["name"].Value, CountBytes(match.Groups["fields"].Value), (one, other) => one == other);
        }

        MatchCollection kernels = Kernel().Matches(text);
        if (kernels.Count != KernelWord().Count(text))
        {
            throw new KernelArgumentException($"The kernel file '{_file}' declares a kernel in a way that the host does not read.");
        }

        foreach (Match match in kernels)
        {
            string name = match.Groups["name"].Value;
            Add(_kernels, name, Signature(name, match.Groups["parameters"].Value), (one, other) => one.Parameters.SequenceEqual(other.Parameters));
        }
    }

    /// <summary>The kernels in the file.</summary>
    public IReadOnlyCollection<KernelSignature> All => _kernels.Values;

    /// <summary>A kernel's arguments.</summary>
    /// <exception cref="KernelArgumentException">The file declares no such kernel.</exception>
    public KernelSignature Find(string kernel) => _kernels.TryGetValue(kernel, out KernelSignature? found)
        ? found
        : throw new KernelArgumentException($"The kernel file '{_file}' declares no kernel '{kernel}'.");

    private void Add<T>(Dictionary<string, T> known, string name, T declared, Func<T, T, bool> agree)
    {
        if (!known.TryAdd(name, declared) && !agree(known[name], declared))
        {
            throw new KernelArgumentException($"The kernel file '{_file}' declares '{name}' twice, and not in the same way.");
        }
    }

    private KernelSignature Signature(string kernel, string list)
    {
        string[] parameters = list.Split(',', StringSplitOptions.TrimEntries);
        return parameters.Length > MostParameters
            ? throw new KernelArgumentException($"The kernel '{kernel}' of '{_file}' has more than {MostParameters} arguments.")
            : new KernelSignature(_file, kernel, [.. parameters.Select(each => Parameter(kernel, each))]);
    }

    private KernelParameter Parameter(string kernel, string text)
    {
        Match pointer = Pointer().Match(text);
        if (pointer.Success)
        {
            return new KernelParameter(pointer.Groups["name"].Value, pointer.Groups["type"].Value, 0, true);
        }

        Match value = Value().Match(text);
        string type = value.Groups["type"].Value;
        int bytes = KernelTypes.IsNumber(type) ? KernelTypes.NumberBytes : _structBytes.GetValueOrDefault(type);
        return value.Success && bytes > 0
            ? new KernelParameter(value.Groups["name"].Value, type, bytes, false)
            : throw new KernelArgumentException($"The kernel '{kernel}' of '{_file}' has an argument that the host does not know how to give: '{KernelSource.OnOneLine(text)}'.");
    }

    /// <summary>The size of a struct's fields; 0 where one is not of a kind that kernels are given, or all are too large.</summary>
    private static int CountBytes(string fields)
    {
        long bytes = 0;
        foreach (string field in fields.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            Match match = Field().Match(field);
            Group count = match.Groups["count"];
            if (!match.Success
                || !KernelTypes.IsNumber(match.Groups["type"].Value)
                || !int.TryParse(count.Success ? count.ValueSpan : "1", NumberStyles.None, CultureInfo.InvariantCulture, out int numbers))
            {
                return 0;
            }

            bytes += (long)KernelTypes.NumberBytes * numbers;
        }

        return bytes <= MostStructBytes ? (int)bytes : 0;
    }

    // A name of more than 127 characters, longer than compilers need to tell apart, is none that is read.
    [GeneratedRegex(@"/\*.*?\*/|//[^\n]*", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", RegexOptions.Multiline)]
    private static partial Regex Directive();

    [GeneratedRegex(@"\btypedef\s+struct\s*(?:\w+\s*)?\{(?<fields>[^{}]*)\}\s*(?<name>\w{1,127})\s*;")]
    private static partial Regex Struct();

    [GeneratedRegex(@"^(?<type>\w{1,127})\s+(?<name>\w{1,127})\s*(?:\[\s*(?<count>\d+)\s*\])?$")]
    private static partial Regex Field();

    [GeneratedRegex(@"\b(?:__)?kernel\b")]
    private static partial Regex KernelWord();

    // Attributes hold parentheses of their own: __attribute__((reqd_work_group_size(8, 8, 1))).
    [GeneratedRegex(@"\b(?:__)?kernel\s+(?:__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)\s*)*void\s+(?<name>\w{1,127})\s*\((?<parameters>[^()]*)\)")]
    private static partial Regex Kernel();

    [GeneratedRegex(@"^(?:const\s+)?__(?:global|constant)\s+(?:const\s+)?(?<type>\w{1,127})\s*\*\s*(?:const\s+)?(?:restrict\s+)?(?<name>\w{1,127})$")]
    private static partial Regex Pointer();

    [GeneratedRegex(@"^(?:const\s+)?(?<type>\w{1,127})\s+(?<name>\w{1,127})$")]
    private static partial Regex Value();
}
