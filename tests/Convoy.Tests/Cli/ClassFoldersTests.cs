using System.Collections.Immutable;
using Convoy.Cli.Data;

namespace Convoy.Tests.Cli;

public sealed class ClassFoldersTests
{
    private static readonly ClassLabels Unnamed = new([]);

    [Test]
    public void Class_folders_named_1_to_10_count_as_numbers_and_it_is_told()
    {
        string[] names = [.. Enumerable.Range(1, 10).Select(i => $"{i}").Order(StringComparer.Ordinal)];
        Assert.That(names[1], Is.EqualTo("10"));
        ClassFolders found = ClassFolders.Find(names, 10, Unnamed)!;
        Assert.That(found.Folders, Is.EqualTo(Enumerable.Range(0, 10).Select(i => ($"{i + 1}", i))));
        Assert.That(found.Note, Is.EqualTo(
            "The class folders were taken in the order of their numbers: '1' for class 0 to '10' for class 9; classes begin at 0."));
    }

    [Test]
    public void Class_folders_named_by_index_need_no_word()
    {
        ClassFolders found = ClassFolders.Find(["0", "10", "2"], 11, Unnamed)!;
        Assert.That(found.Folders, Is.EqualTo(new[] { ("0", 0), ("2", 2), ("10", 10) }));
        Assert.That(found.Note, Is.Null);
    }

    [Test]
    public void Indexes_that_do_not_begin_at_0_are_told()
    {
        ClassFolders found = ClassFolders.Find(["1", "2", "5"], 10, Unnamed)!;
        Assert.That(found.Folders, Is.EqualTo(new[] { ("1", 1), ("2", 2), ("5", 5) }));
        Assert.That(found.Note, Does.Contain("by their numbers: '1' for class 1 to '5' for class 5"));
    }

    [Test]
    public void Labels_say_more_than_numbers()
    {
        ImmutableArray<string> labels = ["1", "2", "3"];
        ClassFolders found = ClassFolders.Find(["1", "2"], 3, new ClassLabels(labels))!;
        Assert.That(found.Folders, Is.EqualTo(new[] { ("1", 0), ("2", 1) }));
        Assert.That(found.Note, Is.Null);
    }

    [Test]
    public void Words_are_classes_in_their_order_and_it_is_told()
    {
        ClassFolders found = ClassFolders.Find(["ants", "bees", "wasps"], 3, Unnamed)!;
        Assert.That(found.Folders, Is.EqualTo(new[] { ("ants", 0), ("bees", 1), ("wasps", 2) }));
        Assert.That(found.Note, Does.Contain("in the order of their names: 'ants' for class 0 to 'wasps' for class 2"));
    }

    [TestCase("ants", "bees")]
    [TestCase("1", "9")]
    [TestCase("0", "99999999999999999999")]
    public void Names_that_say_no_classes_have_none(params string[] names) =>
        Assert.That(ClassFolders.Find(names, 3, Unnamed), Is.Null);
}
