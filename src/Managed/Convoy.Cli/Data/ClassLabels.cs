using System.Collections.Immutable;
using Convoy.Files;

namespace Convoy.Cli.Data;

/// <summary>The names of a network's classes, by index.</summary>
/// <param name="names">A name for each class, or none at all.</param>
internal sealed class ClassLabels(ImmutableArray<string> names)
{
    private const long MostFileBytes = 16 << 20;
    private const int MostLineLength = 1000;

    /// <summary>The name of a class; null where the classes have none.</summary>
    public string? this[int index] => names.IsEmpty ? null : names[index];

    /// <summary>Reads a network's class names from a file, one a line.</summary>
    /// <exception cref="ConvoyException">The file cannot be read, or has not one line a class.</exception>
    public static ClassLabels Read(string file, Network network)
    {
        int classes = (int)network.Output.Shape.Count;
        ImmutableArray<string> names = ReadLines(file, classes + 1);
        string count = names.Length > classes ? FormattableString.Invariant($"more than {classes:N0}") : FormattableString.Invariant($"{names.Length:N0}");
        return names.Length == classes
            ? new ClassLabels(names)
            : throw new ConvoyException(FormattableString.Invariant(
                $"{file} has {count} lines, but {network.Name} has {classes:N0} classes; give one name a line, in the order of the classes."));
    }

    /// <summary>The class of a name, or null.</summary>
    public int? Find(string name) => names.IndexOf(name) is >= 0 and var index ? index : null;

    private static ImmutableArray<string> ReadLines(string file, int most)
    {
        try
        {
            using var reader = new StreamReader(RegularFile.Open(file, MostFileBytes));
            var lines = ImmutableArray.CreateBuilder<string>();
            while (lines.Count < most && reader.ReadLine() is { } line)
            {
                lines.Add(line.Length <= MostLineLength ? line.Trim() : throw new ConvoyException(FormattableString.Invariant(
                    $"Line {lines.Count + 1:N0} of {file} has {line.Length:N0} characters, more than the {MostLineLength:N0} that a label may have; check that it has one label a line.")));
            }

            return lines.ToImmutable();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConvoyException($"The labels file {file} {FileNames.DescribeMissing(file)}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ConvoyException($"The labels file {file} cannot be read ({e.Message.TrimEnd('.')}); check the path.", e);
        }
    }
}
