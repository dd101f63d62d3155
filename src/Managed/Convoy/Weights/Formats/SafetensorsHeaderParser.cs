using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats;

/// <summary>
/// Reads a safetensors header token by token, and stops at the first that does not belong: nothing is skipped over, so
/// nesting cannot run deep, and nothing is allocated that the header's own bytes do not pay for. What a sentence needs is put
/// into words once there is a fault to tell.
/// </summary>
internal ref struct SafetensorsHeaderParser
{
    private const int LongestNumber = 24;

    private readonly string _source;
    private readonly List<SafetensorsEntry> _entries = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private Dictionary<string, string>? _metadata;
    private Utf8JsonReader _json;

    private SafetensorsHeaderParser(ReadOnlySpan<byte> header, string source)
    {
        _source = source;
        _json = new Utf8JsonReader(header);
    }

    /// <summary>Reads a header.</summary>
    /// <exception cref="WeightException">It is malformed; the sentence names the source, the tensor, and the fault.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> header, string source)
    {
        var parser = new SafetensorsHeaderParser(header, source);
        if (!Utf8.IsValid(header))
        {
            throw parser.Fault("its header is not UTF-8 text, so it is damaged or no safetensors file");
        }

        parser.ReadHeader();
        return new SafetensorsHeader(parser._entries, parser._metadata ?? []);
    }

    private void ReadHeader()
    {
        // The file was recognised by the object's brace.
        Next();
        while (Next() == JsonTokenType.PropertyName)
        {
            string name = Text("", static _ => "a tensor's name");
            if (name == SafetensorsFormat.MetadataKey)
            {
                ReadMetadata();
            }
            else if (!_names.Add(name))
            {
                throw Fault($"its header has two tensors named {Quote(name)}");
            }
            else if (_entries.Count == SafetensorsFormat.MaxTensors)
            {
                throw Fault($"its header has more than {SafetensorsFormat.MaxTensors:N0} tensors, the most that are read, so it is damaged or no file of weights");
            }
            else
            {
                _entries.Add(ReadTensor(name));
            }
        }

        // Reading on finds anything but blanks behind the object, and refuses it.
        Next();
    }

    private void ReadMetadata()
    {
        if (_metadata is not null)
        {
            throw Fault($"its header has '{SafetensorsFormat.MetadataKey}' twice");
        }

        _metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Next() != JsonTokenType.StartObject)
        {
            throw Fault($"its '{SafetensorsFormat.MetadataKey}' is {Describe()}, but must be an object of texts");
        }

        while (Next() == JsonTokenType.PropertyName)
        {
            if (_metadata.Count == SafetensorsFormat.MaxMetadata)
            {
                throw Fault($"its metadata has more than {SafetensorsFormat.MaxMetadata:N0} texts, the most that are read, so it is damaged or no file of weights");
            }

            string key = Text("", static _ => "a metadata key");
            if (Next() != JsonTokenType.String)
            {
                throw Fault($"its metadata {Quote(key)} is {Describe()}, but must be a text");
            }

            if (!_metadata.TryAdd(key, Text(key, static key => $"the metadata {Quote(key)}")))
            {
                throw Fault($"its metadata has {Quote(key)} twice");
            }
        }
    }

    private SafetensorsEntry ReadTensor(string name)
    {
        if (Next() != JsonTokenType.StartObject)
        {
            throw Fault($"tensor {Quote(name)} is described by {Describe()}, but must be by an object");
        }

        SafetensorsType? type = null;
        int[]? shape = null;
        (long Begin, long End)? range = null;
        while (Next() == JsonTokenType.PropertyName)
        {
            string field = Text(name, static name => $"a field of tensor {Quote(name)}");
            bool isRepeated;
            switch (field)
            {
                case "dtype":
                    isRepeated = type is not null;
                    type = ReadElementType(name);
                    break;
                case "shape":
                    isRepeated = shape is not null;
                    shape = ReadShape(name);
                    break;
                case "data_offsets":
                    isRepeated = range is not null;
                    range = ReadRange(name);
                    break;
                default:
                    throw Fault($"tensor {Quote(name)} has an unknown field {Quote(field)}; the format knows dtype, shape and data_offsets");
            }

            if (isRepeated)
            {
                throw Fault($"tensor {Quote(name)} has the field '{field}' twice");
            }
        }

        return new SafetensorsEntry(
            name,
            type ?? throw MissingField(name, "dtype"),
            ToShape(shape ?? throw MissingField(name, "shape")),
            range?.Begin ?? throw MissingField(name, "data_offsets"),
            range.Value.End);
    }

    private SafetensorsType ReadElementType(string name)
    {
        if (Next() != JsonTokenType.String)
        {
            throw Fault($"the dtype of tensor {Quote(name)} is {Describe()}, but must be a text");
        }

        string word = Text(name, static name => $"the dtype of tensor {Quote(name)}");
        return SafetensorsFormat.Find(word)
            ?? throw Fault($"tensor {Quote(name)} has the element type {Quote(word)}, which is none of the format's");
    }

    private static Shape? ToShape(int[] extents) => extents.Contains(0) ? null : new Shape(extents);

    private int[] ReadShape(string name)
    {
        if (Next() != JsonTokenType.StartArray)
        {
            throw Fault($"the shape of tensor {Quote(name)} is {Describe()}, but must be an array");
        }

        Span<int> extents = stackalloc int[SafetensorsFormat.MaxRank];
        int rank = 0;
        long count = 1;
        while (Next() != JsonTokenType.EndArray)
        {
            if (rank == SafetensorsFormat.MaxRank)
            {
                throw Fault($"tensor {Quote(name)} has more than {SafetensorsFormat.MaxRank} extents");
            }

            if (_json.TokenType != JsonTokenType.Number || !_json.TryGetInt32(out int extent) || extent < 0)
            {
                throw Fault($"an extent of tensor {Quote(name)} is {Describe()}, but must be a whole number from 0 to {int.MaxValue:N0}");
            }

            count *= extent;
            if (count > int.MaxValue)
            {
                throw TooLarge(name);
            }

            extents[rank++] = extent;
        }

        return extents[..rank].ToArray();
    }

    private (long Begin, long End) ReadRange(string name)
    {
        if (Next() != JsonTokenType.StartArray)
        {
            throw Fault($"{OffsetsOf(name)} are {Describe()}, but must be an array of two numbers");
        }

        long begin = ReadOffset(name);
        long end = ReadOffset(name);
        if (Next() != JsonTokenType.EndArray)
        {
            throw Fault($"{OffsetsOf(name)} hold more than two numbers");
        }

        return begin <= end
            ? (begin, end)
            : throw Fault($"{OffsetsOf(name)} begin at {begin:N0} and end before that, at {end:N0}");
    }

    private static string OffsetsOf(string name) => $"the data_offsets of tensor {Quote(name)}";

    private long ReadOffset(string name) =>
        Next() == JsonTokenType.Number && _json.TryGetInt64(out long offset) && offset >= 0
            ? offset
            : throw Fault($"{OffsetsOf(name)} hold {Describe()}, but must be two whole numbers, none of them negative");

    /// <summary>The next token; <see cref="JsonTokenType.None"/> behind the last.</summary>
    private JsonTokenType Next()
    {
        try
        {
            return _json.Read() ? _json.TokenType : JsonTokenType.None;
        }
        catch (JsonException e)
        {
            throw Fault($"its header is not valid JSON (at byte {_json.BytesConsumed:N0} of the header), so it is damaged or no safetensors file", e);
        }
    }

    /// <summary>The token's text.</summary>
    /// <param name="name">Whose it is.</param>
    /// <param name="what">What a sentence calls it.</param>
    private readonly string Text(string name, Func<string, string> what)
    {
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw Fault($"{what(name)} holds half of a surrogate pair, which is no character", e);
        }
    }

    private readonly string Describe() => _json.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.EndArray => "missing",
        JsonTokenType.String => "a text",
        JsonTokenType.Number when _json.ValueSpan.Length <= LongestNumber => Encoding.ASCII.GetString(_json.ValueSpan),
        JsonTokenType.Number => $"{Encoding.ASCII.GetString(_json.ValueSpan[..LongestNumber])}...",
        JsonTokenType.True => "true",
        JsonTokenType.False => "false",
        _ => "null",
    };

    private readonly WeightException MissingField(string name, string field) => Fault($"tensor {Quote(name)} lacks the field '{field}'");

    private readonly WeightException TooLarge(string name) =>
        Fault($"tensor {Quote(name)} is larger than 2 GiB, the most that one tensor may take");

    private readonly WeightException Fault(string problem, Exception? cause = null) => Unreadable(_source, problem, cause);
}
