using System.Collections.Immutable;
using Convoy.Files;

namespace Convoy.Cli.Data;

/// <summary>The names of a network's classes, by index.</summary>
/// <param name="names">A name for each class, or none at all.</param>
internal sealed class ClassLabels(ImmutableArray<string> names)
{
    private const long MostFileBytes = 16 << 20;
    private const int MostLineLength = 1000;

    // More than any layer has features.
    private const int MostLines = 1 << 20;

    /// <summary>The name of a class; null where the classes have none.</summary>
    public string? this[int index] => names.IsEmpty ? null : names[index];

    /// <summary>Reads a network's class names from a file, one a line.</summary>
    /// <exception cref="ConvoyException">The file cannot be read, or has not one line a class.</exception>
    public static ClassLabels Read(string file, Network network)
    {
        ImmutableArray<string> names = ReadLines(file);
        return names.Length == network.Output.Shape.Count
            ? new ClassLabels(names)
            : throw new ConvoyException(FormattableString.Invariant(
                $"{file} has {names.Length:N0} lines, but {network.Name} has {network.Output.Shape.Count:N0} classes; give one name a line, in the order of the classes."));
    }

    /// <summary>The names that come with a model.</summary>
    /// <exception cref="ConvoyException">There is not one for each class.</exception>
    public static ClassLabels Of(ImmutableArray<string> names, Network network, string model) =>
        names.IsEmpty || names.Length == network.Output.Shape.Count
            ? new ClassLabels(names)
            : throw new ConvoyException(FormattableString.Invariant(
                $"{names.Length:N0} labels come with {model}, but it has {network.Output.Shape.Count:N0} classes; give others with --labels."));

    /// <summary>The class of a name, or null.</summary>
    public int? Find(string name) => names.IndexOf(name) is >= 0 and var index ? index : null;

    /// <summary>Names without the blank ones at their end, which are no labels; one in between is that of its class.</summary>
    public static ImmutableArray<string> WithoutBlankEnd(ImmutableArray<string> names)
    {
        int count = names.Length;
        while (count > 0 && names[count - 1].Length == 0)
        {
            count--;
        }

        return names[..count];
    }

    /// <summary>The lines of a labels file; blank ones at its end are no labels.</summary>
    /// <exception cref="ConvoyException">The file cannot be read.</exception>
    public static ImmutableArray<string> ReadLines(string file)
    {
        try
        {
            using var reader = new StreamReader(RegularFile.Open(file, MostFileBytes));
            var lines = ImmutableArray.CreateBuilder<string>();
            while (lines.Count <= MostLines && reader.ReadLine() is { } line)
            {
                lines.Add(line.Length <= MostLineLength ? line.Trim() : throw new ConvoyException(FormattableString.Invariant(
                    $"Line {lines.Count + 1:N0} of {file} has {line.Length:N0} characters, more than the {MostLineLength:N0} that a label may have; check that it has one label a line.")));
            }

            return WithoutBlankEnd(lines.ToImmutable());
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
