namespace Convoy.Weights.Formats.Hdf5;

/// <summary>An object that is to be written: a group or a dataset, with its attributes.</summary>
internal abstract class Hdf5Draft
{
    private readonly List<Hdf5AttributeDraft> _attributes = [];

    /// <summary>The attributes, in the order in which they were added.</summary>
    public IReadOnlyList<Hdf5AttributeDraft> Attributes => _attributes;

    /// <summary>Adds an attribute that is one text.</summary>
    public void AddText(string name, string text) => _attributes.Add(new Hdf5AttributeDraft(name, [text], IsRow: false));

    /// <summary>Adds an attribute that is a row of texts.</summary>
    public void AddTexts(string name, IReadOnlyList<string> texts) => _attributes.Add(new Hdf5AttributeDraft(name, texts, IsRow: true));
}

/// <summary>An attribute of texts that is to be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Texts">The texts.</param>
/// <param name="IsRow">Whether they are a row, even if that has one text.</param>
internal sealed record Hdf5AttributeDraft(string Name, IReadOnlyList<string> Texts, bool IsRow);

/// <summary>A group that is to be written.</summary>
internal sealed class Hdf5GroupDraft : Hdf5Draft
{
    private readonly Dictionary<string, Hdf5Draft> _members = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    /// <summary>The members, in the order in which they were added.</summary>
    public IEnumerable<(string Name, Hdf5Draft Member)> Members => _names.Select(name => (name, _members[name]));

    /// <summary>The group that a way of names leads to, made where it is not there; null where a dataset is in the way.</summary>
    public Hdf5GroupDraft? FindOrAddGroup(string path)
    {
        Hdf5GroupDraft? group = this;
        foreach (string name in path.Split('/'))
        {
            if (group._members.TryGetValue(name, out Hdf5Draft? found))
            {
                group = found as Hdf5GroupDraft;
            }
            else
            {
                var made = new Hdf5GroupDraft();
                group.Add(name, made);
                group = made;
            }

            if (group is null)
            {
                return null;
            }
        }

        return group;
    }

    /// <summary>Adds a dataset; false where the name is taken.</summary>
    public bool TryAdd(string name, Hdf5DatasetDraft dataset)
    {
        bool isFree = !_members.ContainsKey(name);
        if (isFree)
        {
            Add(name, dataset);
        }

        return isFree;
    }

    private void Add(string name, Hdf5Draft member)
    {
        _members.Add(name, member);
        _names.Add(name);
    }
}

/// <summary>A dataset that is to be written.</summary>
/// <param name="extents">Its extents, outermost first.</param>
/// <param name="type">The type of its elements, of floating point as IEEE 754 has it.</param>
/// <param name="write">Writes its elements, little-endian and in row-major order.</param>
internal sealed class Hdf5DatasetDraft(ImmutableArray<int> extents, ElementType type, Action<Stream> write) : Hdf5Draft
{
    /// <summary>Its extents, outermost first.</summary>
    public ImmutableArray<int> Extents { get; } = extents;

    /// <summary>The type of its elements.</summary>
    public ElementType Type { get; } = type;

    /// <summary>How many bytes its elements take.</summary>
    public long ByteCount { get; } = extents.Aggregate(1L, (count, extent) => count * extent) * type.SizeInBytes();

    /// <summary>Writes its elements.</summary>
    public void WriteTo(Stream destination) => write(destination);
}
