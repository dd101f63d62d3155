using System.Globalization;
using System.Text.RegularExpressions;

namespace Convoy.Tests.Backends;

/// <summary>A field of a struct in C: its type as written, and the number of elements of an array.</summary>
internal sealed record CField(string Type, string Name, int Count, bool IsPointer);

/// <summary>
/// What convoy.h declares: structs, enumerations and constants, read from its text, and from that of its table of activations. It
/// knows no more of C than that.
/// </summary>
internal sealed partial class CHeader
{
    public CHeader(string text, string activations)
    {
        string code = Comments().Replace(text, " ");
        Constants = Defines().Matches(code).ToDictionary(each => each.Groups["name"].Value, each => Parse(each.Groups["value"].Value));
        Enums = Enumerations().Matches(code).ToDictionary(each => each.Groups["name"].Value, each => ReadValues(each.Groups["body"].Value));
        Enums["convoy_activation"] = ReadRows(activations);
        Structs = Structures().Matches(code).ToDictionary(each => each.Groups["name"].Value, each => ReadFields(each.Groups["body"].Value));
    }

    public Dictionary<string, int> Constants { get; }

    public Dictionary<string, Dictionary<string, int>> Enums { get; }

    public Dictionary<string, CField[]> Structs { get; }

    /// <summary>Size and alignment of a field's element by the rules of C, with pointers of 64 bits.</summary>
    public (int Size, int Alignment) Measure(CField field)
    {
        if (field.IsPointer)
        {
            return (8, 8);
        }

        return field.Type switch
        {
            "int32_t" or "uint32_t" or "float" => (4, 4),
            "int64_t" or "uint64_t" or "double" => (8, 8),
            _ when Structs.TryGetValue(field.Type, out CField[]? fields) => Measure(fields),
            _ => throw new InvalidOperationException($"convoy.h: what is a {field.Type}?"),
        };
    }

    /// <summary>The offset of each field.</summary>
    public int[] GetOffsets(string name)
    {
        int end = 0;
        var offsets = new List<int>();
        foreach (CField field in Structs[name])
        {
            (int size, int alignment) = Measure(field);
            int begin = RoundUp(end, alignment);
            offsets.Add(begin);
            end = begin + (size * field.Count);
        }

        return [.. offsets];
    }

    public int GetSize(string name) => Measure(Structs[name]).Size;

    private (int Size, int Alignment) Measure(CField[] fields)
    {
        int end = 0;
        int most = 1;
        foreach (CField field in fields)
        {
            (int size, int alignment) = Measure(field);
            end = RoundUp(end, alignment) + (size * field.Count);
            most = Math.Max(most, alignment);
        }

        return (RoundUp(end, most), most);
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    private static int Parse(string number) => int.Parse(number, CultureInfo.InvariantCulture);

    private static Dictionary<string, int> ReadValues(string body) =>
        EnumValues().Matches(body).ToDictionary(each => each.Groups["name"].Value, each => Parse(each.Groups["value"].Value));

    private static Dictionary<string, int> ReadRows(string table) =>
        Rows().Matches(table).ToDictionary(each => "CONVOY_ACTIVATION_" + each.Groups["name"].Value, each => Parse(each.Groups["value"].Value));

    private CField[] ReadFields(string body) =>
    [
        .. Fields().Matches(body).Select(each => new CField(
            each.Groups["type"].Value,
            each.Groups["name"].Value,
            each.Groups["count"].Value switch
            {
                "" => 1,
                var count when Constants.TryGetValue(count, out int constant) => constant,
                var count => Parse(count),
            },
            each.Groups["pointer"].Success)),
    ];

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comments();

    [GeneratedRegex(@"^#define (?<name>CONVOY_\w+) (?<value>\d+)\s*$", RegexOptions.Multiline)]
    private static partial Regex Defines();

    [GeneratedRegex(@"typedef enum (?<name>\w+) \{(?<body>[^}]*)\}")]
    private static partial Regex Enumerations();

    [GeneratedRegex(@"typedef struct (?<name>\w+) \{(?<body>[^}]*)\}")]
    private static partial Regex Structures();

    [GeneratedRegex(@"(?<name>\w+) = (?<value>\d+)")]
    private static partial Regex EnumValues();

    [GeneratedRegex(@"X\((?<name>\w+), (?<value>\d+),")]
    private static partial Regex Rows();

    [GeneratedRegex(@"(?<type>\w+)\s+(?<pointer>\*)?(?<name>\w+)(\[(?<count>\w+)\])?;")]
    private static partial Regex Fields();
}
