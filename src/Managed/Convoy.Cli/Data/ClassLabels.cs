using Convoy.Graph;

namespace Convoy.Cli.Data;

/// <summary>The names of a network's classes, by index.</summary>
internal sealed class ClassLabels
{
    private readonly string[]? _names;

    private ClassLabels(string[]? names) => _names = names;

    /// <summary>The name of a class; null where the classes have none.</summary>
    public string? this[int index] => _names?[index];

    /// <summary>
    /// Reads names from a file, one a line; without one, the digits for lenet5, and no names for other networks.
    /// </summary>
    /// <exception cref="ConvoyException">The file cannot be read, or has not one line a class.</exception>
    public static ClassLabels Load(string? file, Network network)
    {
        int classes = (int)network.Output.Shape.Count;
        if (file is null)
        {
            return new ClassLabels(
                network.Name == "lenet5" ? [.. Enumerable.Range(0, classes).Select(digit => FormattableString.Invariant($"{digit}"))] : null);
        }

        string[] names = ReadLines(file, classes + 1);
        string count = names.Length > classes ? FormattableString.Invariant($"more than {classes:N0}") : FormattableString.Invariant($"{names.Length:N0}");
        return names.Length == classes
            ? new ClassLabels(names)
            : throw new ConvoyException(FormattableString.Invariant(
                $"{file} has {count} lines, but {network.Name} has {classes:N0} classes; give one name a line, in the order of the classes."));
    }

    /// <summary>The class of a name, or null.</summary>
    public int? Find(string name) => _names is not null && Array.IndexOf(_names, name) is >= 0 and var index ? index : null;

    private static string[] ReadLines(string file, int most)
    {
        try
        {
            return [.. File.ReadLines(file).Take(most).Select(line => line.Trim())];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ConvoyException($"The labels {file} cannot be read ({e.Message.TrimEnd('.')}); check the path.", e);
        }
    }
}
