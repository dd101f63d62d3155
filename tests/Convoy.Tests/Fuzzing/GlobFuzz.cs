using System.Text;
using System.Text.RegularExpressions;
using Convoy.Cli.Data;

namespace Convoy.Tests.Fuzzing;

/// <summary>Patterns of image paths over random folders, against a regular expression over the list of all files.</summary>
public sealed class GlobFuzz : FuzzFixture<GlobCase>
{
    private const string AnyDepth = "**";
    private static readonly string[] Folders = ["a", "b", "ab", "a.b", ".h", "e", "\u00e9"];
    private static readonly string[] Files = ["a", "b.png", "ab.png", "a.b.png", ".h.png", "\u00e9.png", "c.txt", "a b"];
    private static readonly string[] Segments = ["*", "?", "a*", "*b", "*.png", "?.png", "*.*", "a?", "**a", "a", "b", ".h", ".*", "b.png", "*\u00e9*", "nowhere"];

    private protected override int ShortCases => 500;

    private protected override GlobCase Make(Random random)
    {
        var files = new HashSet<string>();
        for (int i = random.Next(12); i >= 0; i--)
        {
            IEnumerable<string> folders = Enumerable.Range(0, random.Next(4)).Select(_ => Mutation.Any(random, Folders));
            files.Add(string.Join('/', folders.Append($"f{Mutation.Any(random, Files)}"[random.Next(2)..])));
        }

        // No path is a file and a folder.
        files.RemoveWhere(file => files.Any(other => other.StartsWith($"{file}/", StringComparison.Ordinal)));
        string[] segments = [.. Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(3) == 0 ? AnyDepth : Mutation.Any(random, Segments))];
        segments[random.Next(segments.Length)] = random.Next(2) == 0 ? AnyDepth : "*";
        return new GlobCase(string.Join(random.Next(8) == 0 ? "//" : "/", segments), [.. files.Order(StringComparer.Ordinal)]);
    }

    private protected override void Check(GlobCase fuzzCase)
    {
        using var folder = new TemporaryFolder();
        foreach (string file in fuzzCase.Files)
        {
            folder.Write(file, "");
        }

        Regex matcher = Matcher(fuzzCase.Pattern);
        ImagePath[] found = [.. ImagePaths.Expand([folder[fuzzCase.Pattern]], new SearchFindings())];
        string[] expected = [.. fuzzCase.Files.Where(file => matcher.IsMatch(file))];
        if (expected.Length == 0)
        {
            if (found is not [{ Error: { } error }])
            {
                throw new FuzzException($"{Describe(fuzzCase)}: nothing matches, and found was {string.Join(", ", found)}.");
            }

            Sentence.Check(error.Message);
            return;
        }

        string[] names = [.. found.Select(each => Path.GetRelativePath(folder.Root, each.Path))];
        if (!names.Order(StringComparer.Ordinal).SequenceEqual(expected) || found.Any(each => each.Error is not null))
        {
            throw new FuzzException($"{Describe(fuzzCase)}: found was {string.Join(", ", names)}; expected {string.Join(", ", expected)}.");
        }
    }

    private protected override byte[] Save(GlobCase fuzzCase) => Encoding.UTF8.GetBytes(string.Join('\n', fuzzCase.Files.Prepend(fuzzCase.Pattern)));

    private protected override GlobCase Load(byte[] saved) =>
        Encoding.UTF8.GetString(saved).Split('\n', StringSplitOptions.RemoveEmptyEntries) is [var pattern, .. var files] ? new(pattern, files) : throw new InvalidDataException();

    private static string Describe(GlobCase fuzzCase) => $"'{fuzzCase.Pattern}' over {string.Join(", ", fuzzCase.Files)}";

    /// <summary>The whole pattern as one expression. What a wildcard stands for is not hidden.</summary>
    private static Regex Matcher(string pattern)
    {
        const string Visible = @"(?!\.)";
        string[] segments = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var expression = new StringBuilder("^");
        foreach ((int i, string segment) in segments.Index())
        {
            bool isLast = i == segments.Length - 1;
            bool isAnyDepth = segment == AnyDepth;
            bool isWild = segment.AsSpan().ContainsAny('*', '?');
            expression.Append(
                isAnyDepth ? $"(?:{Visible}[^/]+/)*{(isLast ? $"{Visible}[^/]+" : "")}"
                : (isWild ? Visible : "") + Regex.Escape(segment).Replace(@"\*", "[^/]*", StringComparison.Ordinal).Replace(@"\?", "[^/]", StringComparison.Ordinal) + (isLast ? "" : "/"));
        }

        return new Regex(expression.Append('$').ToString());
    }
}
