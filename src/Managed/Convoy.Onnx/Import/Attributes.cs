using Convoy.Onnx.Format;
using static Convoy.Onnx.Format.AttributeProto.Types;

namespace Convoy.Onnx.Import;

/// <summary>A node's attributes by name. One that nobody has read in the end is one that nobody has obeyed.</summary>
internal sealed class Attributes
{
    private readonly Dictionary<string, AttributeProto> _byName = new(StringComparer.Ordinal);
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    public Attributes(NodeProto node)
    {
        foreach (AttributeProto attribute in node.Attribute)
        {
            if (!_byName.TryAdd(attribute.Name, attribute))
            {
                throw new UnsupportedException($"it has two attributes {WeightException.Quote(attribute.Name)}");
            }
        }
    }

    /// <summary>The first attribute that nobody has read; null where all were.</summary>
    public string? FirstUnread => _byName.Keys.FirstOrDefault(name => !_read.Contains(name));

    /// <summary>Whether it is given.</summary>
    public bool Has(string name) => _byName.ContainsKey(name);

    public long? Int(string name) => Find(name, AttributeType.Int, attribute => attribute.HasI)?.I;

    public long Int(string name, long otherwise) => Int(name) ?? otherwise;

    public bool Flag(string name, bool otherwise = false) => Int(name, otherwise ? 1 : 0) != 0;

    public float? Float(string name) => Find(name, AttributeType.Float, attribute => attribute.HasF)?.F;

    public float Float(string name, float otherwise) => Float(name) ?? otherwise;

    public string Text(string name, string otherwise) => Find(name, AttributeType.String, attribute => attribute.HasS)?.S.ToStringUtf8() ?? otherwise;

    public TensorProto? Tensor(string name) => Find(name, AttributeType.Tensor, attribute => attribute.T is not null)?.T;

    public ImmutableArray<long>? Ints(string name) =>
        Find(name, AttributeType.Ints, attribute => attribute.Ints.Count > 0) is { } attribute ? [.. attribute.Ints] : null;

    public ImmutableArray<float>? Floats(string name) =>
        Find(name, AttributeType.Floats, attribute => attribute.Floats.Count > 0) is { } attribute ? [.. attribute.Floats] : null;

    /// <summary>Two numbers, for height and width; both of one value where the attribute is not given.</summary>
    public Extent2D Pair(string name, int otherwise) => Ints(name) switch
    {
        null => otherwise,
        [var height, var width] => new Extent2D(Axes.Extent(height), Axes.Extent(width)),
        { Length: var count } => throw new UnsupportedException($"its '{name}' has {count} numbers, where height and width are 2"),
    };

    /// <summary>Takes note of attributes that say nothing about the result.</summary>
    public void Ignore(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            _read.Add(name);
        }
    }

    // Files of the first versions have no types; then the field that is set counts.
    private AttributeProto? Find(string name, AttributeType type, Func<AttributeProto, bool> isSet)
    {
        _read.Add(name);
        if (!_byName.TryGetValue(name, out AttributeProto? attribute))
        {
            return null;
        }

        return attribute.Type == type || (attribute.Type == AttributeType.Undefined && isSet(attribute))
            ? attribute
            : throw new UnsupportedException($"its attribute '{name}' is {Describe(attribute.Type)}, not {Describe(type)}");
    }

    private static string Describe(AttributeType type) => type switch
    {
        AttributeType.Float => "a real number",
        AttributeType.Int => "a whole number",
        AttributeType.String => "a word",
        AttributeType.Tensor => "a tensor",
        AttributeType.Floats => "a list of real numbers",
        AttributeType.Ints => "a list of whole numbers",
        AttributeType.Graph => "a graph",
        AttributeType.Undefined => "of no type",
        _ => FormattableString.Invariant($"of the type {(int)type}"),
    };
}
