using System.Globalization;

namespace Convoy.Cli.Data;

/// <summary>A data set's folders and the class that each stands for.</summary>
/// <param name="Folders">Their names and classes, in the order in which they are read.</param>
/// <param name="Note">How they were matched, where their names leave that open; null where they do not.</param>
internal sealed record ClassFolders((string Name, int Label)[] Folders, string? Note)
{
    /// <summary>
    /// The classes that folders of these names hold: their names are labels, or class indexes; where neither, and there is one
    /// for every class, they are the classes in the order of their names, numbers by their values. Null where the names say
    /// no classes.
    /// </summary>
    public static ClassFolders? Find(string[] names, int classes, ClassLabels labels)
    {
        int?[] byLabel = [.. names.Select(labels.Find)];
        if (Array.TrueForAll(byLabel, label => label is not null))
        {
            return new ClassFolders([.. names.Zip(byLabel, (name, label) => (name, label!.Value))], null);
        }

        bool areNumbers = Array.TrueForAll(names, name => ParseNumber(name) is not null);
        string[] ordered = areNumbers ? [.. names.OrderBy(ParseNumber)] : names;
        if (areNumbers && ParseNumber(ordered[^1]) < (ulong)classes)
        {
            (string Name, int Label)[] byIndex = [.. ordered.Select(name => (name, (int)ParseNumber(name)!.Value))];
            return new ClassFolders(byIndex, byIndex[0].Label == 0 ? null : Describe("by their numbers", byIndex));
        }

        if (names.Length != classes)
        {
            return null;
        }

        (string Name, int Label)[] byOrder = [.. ordered.Select((name, index) => (name, index))];
        return new ClassFolders(byOrder, Describe(areNumbers ? "in the order of their numbers" : "in the order of their names", byOrder));
    }

    private static string Describe(string how, (string Name, int Label)[] folders)
    {
        IEnumerable<(string Name, int Label)> ends = folders.Length > 1 ? [folders[0], folders[^1]] : folders;
        IEnumerable<string> mapped = ends.Select(each => FormattableString.Invariant($"'{each.Name}' for class {each.Label}"));
        return $"The class folders were taken {how}: {string.Join(" to ", mapped)}; classes begin at 0.";
    }

    private static ulong? ParseNumber(string name) =>
        ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;
}
