using System.Reflection;
using Convoy.Cli;

namespace Convoy.Tests.Architecture;

/// <summary>The command line's folders and what each may use, written down here, once. The application stands on top of all.</summary>
public sealed class CommandLineFolderTests
{
    private const string Root = "Convoy.Cli";

    private static readonly Assembly CommandLine = typeof(ConvoyApplication).Assembly;

    private static readonly FolderRules Rules = new(CommandLine, Root, new Dictionary<string, string[]>
    {
        // Exit codes, wrong usage, names of precisions, the version.
        ["Common"] = [],

        // The streams, and writers of any table or document.
        ["Output"] = [],

        // Images, data sets, class names, tensors, and what is noted with a model.
        ["Data"] = [],

        // The demo's digits.
        ["Demo"] = [],

        // What is counted and timed, in plain values.
        ["Measuring"] = ["Data"],

        // What was measured, as documents and tables.
        ["Reports"] = ["Common", "Output", "Data", "Measuring"],

        // What can be said on the command line, and what it stands for.
        ["Options"] = ["Common", "Output", "Data"],

        // From options by measuring to reports.
        ["Commands"] = ["Common", "Output", "Data", "Demo", "Measuring", "Reports", "Options"],
    });

    private static IEnumerable<string> Folders => Rules.Folders;

    private static IEnumerable<string> TypesOnTop => CommandLine.GetTypes().Where(type => type.Namespace == Root).Select(type => type.FullName!);

    [TestCaseSource(nameof(Folders))]
    public void A_folder_uses_only_what_stands_above_it(string folder) => Rules.AssertUsesOnlyWhatItMay(folder, TypesOnTop);

    [Test]
    public void Every_folder_has_its_rule() => Rules.AssertEveryFolderHasItsRule();

    [Test]
    public void The_rules_allow_no_circle() => Rules.AssertRulesHaveNoCircle();
}
