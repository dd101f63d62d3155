using Convoy.Bench.Onnx;

namespace Convoy.Tests.Conformance;

/// <summary>A node's attributes by name. One that nobody has read in the end is one that nobody has obeyed.</summary>
internal sealed class OnnxAttributes(NodeProto node)
{
    private readonly Dictionary<string, AttributeProto> _byName = node.Attribute.ToDictionary(attribute => attribute.Name);
    private readonly HashSet<string> _read = [];

    public IEnumerable<string> Unread => _byName.Keys.Except(_read);

    public long Int(string name, long otherwise) => Find(name)?.I ?? otherwise;

    public bool Flag(string name) => Int(name, 0) != 0;

    public float Float(string name, float otherwise) => Find(name)?.F ?? otherwise;

    public string Text(string name, string otherwise) => Find(name)?.S.ToStringUtf8() ?? otherwise;

    /// <summary>As many numbers as are wanted, all of one value where the attribute is not given.</summary>
    public int[] Ints(string name, int count, int otherwise)
    {
        if (Find(name) is not { } attribute)
        {
            return [.. Enumerable.Repeat(otherwise, count)];
        }

        return attribute.Ints.Count == count
            ? [.. attribute.Ints.Select(value => checked((int)value))]
            : throw new OutsideGraphException($"{attribute.Ints.Count} numbers as '{name}', where two dimensions have {count}");
    }

    private AttributeProto? Find(string name)
    {
        _read.Add(name);
        return _byName.GetValueOrDefault(name);
    }
}
