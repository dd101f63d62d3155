namespace Convoy.Weights.Formats.Hdf5;

/// <summary>A group or a dataset, with what its header says.</summary>
internal sealed class Hdf5Object
{
    private readonly Hdf5Bytes _file;
    private readonly List<Hdf5Message> _messages;
    private Dictionary<string, Hdf5Attribute>? _attributes;
    private readonly Dictionary<string, Hdf5Object> _members = new(StringComparer.Ordinal);
    private Dictionary<string, ulong>? _links;

    private Hdf5Object(Hdf5Bytes file, ulong address, string path, List<Hdf5Message> messages)
    {
        _file = file;
        _messages = messages;
        Address = address;
        Path = path;
    }

    /// <summary>Where its header is: two paths with one address lead to one object.</summary>
    public ulong Address { get; }

    /// <summary>The way to it: "/model_weights/conv1".</summary>
    public string Path { get; }

    /// <summary>Whether it is a dataset, and not a group.</summary>
    public bool IsDataset => _messages.Any(message => message.Kind == Hdf5MessageKind.Layout);

    /// <summary>The names of a group's members, in the order of the file's index, which is theirs by their bytes as a rule.</summary>
    public IReadOnlyCollection<string> Names => Links.Keys;

    private Dictionary<string, ulong> Links => _links ??= Hdf5Links.Read(_file, _messages);

    private Dictionary<string, Hdf5Attribute> Attributes => _attributes ??= Hdf5Attribute.ReadAll(_file, _messages);

    /// <summary>Reads a header.</summary>
    public static Hdf5Object Read(Hdf5Bytes file, ulong address, string path) =>
        new(file, address, path, Hdf5ObjectHeader.Read(file, address));

    /// <summary>A member of a group; null where there is none of that name.</summary>
    public Hdf5Object? Find(string name)
    {
        if (!_members.TryGetValue(name, out Hdf5Object? member) && Links.TryGetValue(name, out ulong address))
        {
            member = Read(_file, address, $"{Path.TrimEnd('/')}/{name}");
            _members.Add(name, member);
        }

        return member;
    }

    /// <summary>What a way of names through groups leads to; null where there is nothing.</summary>
    public Hdf5Object? FindPath(string path)
    {
        Hdf5Object? found = this;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            found = found is { IsDataset: false } ? found.Find(name) : null;
        }

        return found;
    }

    /// <summary>The texts of an attribute; null where there is no such attribute, or none of texts.</summary>
    public IReadOnlyList<string>? FindTexts(string attribute) =>
        Attributes.TryGetValue(attribute, out Hdf5Attribute? found) ? found.ReadTexts(_file) : null;

    /// <summary>What a dataset holds.</summary>
    public Hdf5Dataset ReadDataset() => Hdf5Dataset.Read(_file, _messages, Path);
}
