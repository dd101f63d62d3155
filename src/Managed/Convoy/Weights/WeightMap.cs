using System.Text;
using System.Text.Json;
using Convoy.Files;
using Convoy.Weights.Fitting;
using static Convoy.Weights.WeightException;

namespace Convoy.Weights;

/// <summary>
/// Which of a file's names stand for which of a network's: lines "features.0 = conv1". Both sides name a layer, with all its tensors,
/// or both a tensor ("features.0.weight = conv1.weight"); a dash on the right passes what is on the left over. Names that no line has
/// stand for themselves. Blank lines and what follows a # at a line's beginning say nothing. A JSON object of such names,
/// {"features.0": "conv1"}, is a map too. Where a map only passes tensors over, the others are found as they are without one.
/// </summary>
public sealed class WeightMap
{
    private const int MostBytes = 4 << 20;
    private const string Dismissal = "-";

    private readonly string _source;
    private readonly ImmutableArray<Line> _lines;

    private WeightMap(string source, ImmutableArray<Line> lines)
    {
        _source = source;
        _lines = lines;
    }

    /// <summary>Whether no line has a name of the network.</summary>
    internal bool OnlyDismisses => _lines.All(line => line.InNetwork == Dismissal);

    /// <summary>Reads a map out of a file.</summary>
    /// <exception cref="WeightException">It cannot be read, or a line is none of a map; the sentence says which.</exception>
    public static WeightMap Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            byte[] bytes = RegularFile.ReadAllBytes(path, MostBytes);
            return Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF'), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new WeightException($"The map of names '{path}' {FileNames.DescribeMissing(path)}.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new WeightException($"The map of names '{path}' may not be read: permission denied.", e);
        }
        catch (IOException e)
        {
            throw new WeightException($"The map of names '{path}' cannot be read: {e.Message.TrimEnd('.')}.", e);
        }
        catch (DecoderFallbackException e)
        {
            throw new WeightException($"The map of names '{path}' is not UTF-8 text; write it with an editor for plain text.", e);
        }
    }

    /// <summary>Reads a map.</summary>
    /// <param name="text">Its lines, or a JSON object.</param>
    /// <param name="source">What messages call it.</param>
    /// <exception cref="WeightException">A line is none of a map; the sentence says which.</exception>
    public static WeightMap Parse(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(source);
        if (text.AsSpan().TrimStart().StartsWith('{'))
        {
            return new WeightMap(source, ParseObject(text, source));
        }

        var lines = ImmutableArray.CreateBuilder<Line>();
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            string trimmed = line.Trim();
            if (trimmed.Length == 0 || trimmed[0] == '#')
            {
                continue;
            }

            string[] sides = trimmed.Split('=', StringSplitOptions.TrimEntries);
            lines.Add(sides is [{ Length: > 0 } inFile, { Length: > 0 } inNetwork]
                ? new Line(FormattableString.Invariant($"line {number:N0}"), inFile, inNetwork)
                : throw new WeightException(
                    $"Line {number:N0} of '{source}' is {Quote(trimmed)}, but must be a name of the weights file, '=', and the network's name for it, or '-' to pass it over."));
        }

        return new WeightMap(source, lines.ToImmutable());
    }

    /// <summary>Maps a file's tensors to a network's.</summary>
    /// <exception cref="WeightException">A line has a name that is not there, or that another line has; the sentence says which.</exception>
    internal NameAssignment Assign(string source, IReadOnlyList<WeightTensor> tensors, Network network)
    {
        var needed = NeededTensor.Of(network).Select(each => each.Name).ToHashSet(StringComparer.Ordinal);
        var lineOf = new Dictionary<WeightTensor, string>();
        var lineOfName = new Dictionary<string, string>(StringComparer.Ordinal);
        var byName = new Dictionary<string, WeightTensor>(StringComparer.Ordinal);
        var dismissed = new HashSet<WeightTensor>();
        ILookup<string, WeightTensor> byLayer = tensors.ToLookup(LayerOf, StringComparer.Ordinal);
        Dictionary<string, WeightTensor> byFileName = tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (Line line in _lines)
        {
            foreach ((WeightTensor tensor, string name) in Resolve(line))
            {
                if (!lineOf.TryAdd(tensor, line.Place))
                {
                    throw Fault(line, $"{Quote(tensor.Name)} is mapped by {lineOf[tensor]} already");
                }

                if (name == Dismissal)
                {
                    dismissed.Add(tensor);
                }
                else if (needed.Contains(name))
                {
                    byName[name] = lineOfName.TryAdd(name, line.Place)
                        ? tensor
                        : throw Fault(line, $"{Quote(name)} has its tensor from {lineOfName[name]} already");
                }
                else if (!HarmlessTensors.Includes(tensor))
                {
                    throw Fault(line, $"the network '{network.Name}' has no tensor {Quote(name)}");
                }
            }
        }

        foreach (WeightTensor tensor in tensors.Where(tensor => needed.Contains(tensor.Name) && !lineOf.ContainsKey(tensor)))
        {
            byName.TryAdd(tensor.Name, tensor);
        }

        return new(WeightNaming.Map, $"its names are mapped by '{_source}'", byName) { Dismissed = dismissed };

        IEnumerable<(WeightTensor Tensor, string Name)> Resolve(Line line)
        {
            if (byFileName.TryGetValue(line.InFile, out WeightTensor? single))
            {
                return [(single, line.InNetwork)];
            }

            return byLayer.Contains(line.InFile)
                ? byLayer[line.InFile].Select(tensor => (tensor, line.InNetwork == Dismissal ? Dismissal : line.InNetwork + tensor.Name[line.InFile.Length..]))
                : throw Fault(line, $"{source} has no tensor or layer {Quote(line.InFile)}");
        }
    }

    private static ImmutableArray<Line> ParseObject(string text, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return
            [
                .. document.RootElement.EnumerateObject().Select((pair, i) => pair is { Name.Length: > 0, Value.ValueKind: JsonValueKind.String } && pair.Value.GetString() is { Length: > 0 } inNetwork
                    ? new Line(FormattableString.Invariant($"entry {i + 1:N0}"), pair.Name, inNetwork)
                    : throw new WeightException(
                        $"Entry {i + 1:N0} of '{source}' ({Quote(pair.Name)}) must give a name of the weights file the network's name for it, or '-' to pass it over.")),
            ];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter of a text that is none, as it has half a character.
            throw new WeightException($"The map of names '{source}' begins as a JSON object, but is none; correct it, or write lines like 'features.0 = conv1'.", e);
        }
    }

    private static string LayerOf(WeightTensor tensor) => tensor.Name[..Math.Max(0, tensor.Name.LastIndexOf('.'))];

    private WeightException Fault(Line line, string problem) => new($"{char.ToUpperInvariant(line.Place[0])}{line.Place[1..]} of '{_source}' is wrong: {problem}.");

    /// <summary>One pair of names, and where it stands.</summary>
    private sealed record Line(string Place, string InFile, string InNetwork);
}
