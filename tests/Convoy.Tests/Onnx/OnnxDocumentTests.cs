using System.Text.RegularExpressions;
using Convoy.Onnx.Import;

namespace Convoy.Tests.Onnx;

/// <summary>docs/onnx.md says what is read.</summary>
public sealed partial class OnnxDocumentTests
{
    [Test]
    public void The_page_lists_the_operators_that_are_imported_and_their_versions()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "onnx.md"));
        string table = File.ReadAllText(Path.Combine(Repository.Root, "src", "Managed", "Convoy.Onnx", "Import", "Operators", "OperatorTable.cs"));
        IEnumerable<string> listed = Row().Matches(page).SelectMany(row => row.Groups["operators"].Value.Split(", "));
        Assert.That(listed, Is.EquivalentTo(Entry().Matches(table).Select(entry => entry.Groups["name"].Value)));
        Assert.That(page, Does.Contain($"versions {ModelSource.OldestOperatorSet} to {ModelSource.NewestOperatorSet} of ONNX's operators"));
    }

    [GeneratedRegex(@"^\| (?<operators>[A-Z]\w+(, [A-Z]\w+)*) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\[""(?<name>\w+)""\] =")]
    private static partial Regex Entry();
}
