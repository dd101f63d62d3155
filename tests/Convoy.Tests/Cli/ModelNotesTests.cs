using System.Collections.Immutable;
using Convoy.Cli.Data;
using Convoy.Imaging;
using Convoy.ModelFiles;
using Convoy.Tests.Fuzzing;

namespace Convoy.Tests.Cli;

/// <summary>What is noted with a model: labels whatever they look like, and each note read by whom it concerns alone.</summary>
public sealed class ModelNotesTests : FolderFixture
{
    [TestCase("cat\ndog", "cat", "dog")]
    [TestCase("[background]\ncat", "[background]", "cat")]
    [TestCase("[1]", "[1]")]
    [TestCase("cat\n\ndog\n\n", "cat", "", "dog")]
    [TestCase(" cat \r\ndog\r\n", "cat", "dog")]
    [TestCase("""["cat", "[dog]"]""", "cat", "[dog]")]
    [TestCase("7\n8", "7", "8")]
    public void Labels_in_metadata_are_lines_or_an_array(string text, params string[] expected)
    {
        var notes = new ModelNotes(Folder["m.onnx"], new Dictionary<string, string> { ["labels"] = text });
        Assert.That(notes.FindLabels()!.Value.Labels, Is.EqualTo(expected));
    }

    [TestCase("cat", "dog")]
    [TestCase("[background]", "cat")]
    [TestCase("", "cat")]
    [TestCase("cat", "", "dog", "")]
    [TestCase("two\nlines", " a blank")]
    public void Labels_are_read_back_from_metadata_as_they_were(params string[] labels)
    {
        Dictionary<string, string> metadata = ModelNotes.ToMetadata(null, [.. labels]);
        Assert.That(new ModelNotes(Folder["m.onnx"], metadata).FindLabels()!.Value.Labels, Is.EqualTo(labels));
    }

    [Test]
    public void A_preset_of_ones_own_is_read_back_from_metadata()
    {
        var preset = new ImagePreset("own", ChannelOrder.Bgr, 300, 0.5f, [1, 2, 3], [4, 5, 6]) { Invert = true, Warp = true };
        Dictionary<string, string> metadata = ModelNotes.ToMetadata(preset, []);
        ImagePreset read = new ModelNotes(Folder["m.onnx"], metadata).FindPreset()!.Value.Preset;
        Assert.That(read with { Mean = preset.Mean, Deviation = preset.Deviation }, Is.EqualTo(preset));
        Assert.That((read.Mean.ToArray(), read.Deviation.ToArray()), Is.EqualTo((preset.Mean.ToArray(), preset.Deviation.ToArray())));
        Assert.That(ModelNotes.ToMetadata(ImagePreset.Caffe, [])["preset"], Is.EqualTo("caffe"));
    }

    [TestCase("""{"labels": ["\ud800"]}""")]
    [TestCase("""{"labels": "\ud800"}""")]
    [TestCase("""{"labels": 7}""")]
    [TestCase("""[1, 2]""")]
    public void What_is_wrong_is_said_when_it_is_asked_for(string text)
    {
        Folder.Write("m.json", text);
        var notes = new ModelNotes(Folder["m.onnx"], ImmutableDictionary<string, string>.Empty);
        Sentence.Check(Assert.Throws<ModelFileException>(() => notes.FindLabels())!.Message);
    }

    [TestCase("""{"name": "own", "order": "gray", "resize_short_side": 0, "scale": 1, "mean": [0], "deviation": [1]}""", "'order'", "\"gray\"", "rgb, bgr, grey")]
    [TestCase("""{"name": "own", "order": "grey", "resize_short_side": 0, "scale": 1, "mean": 0, "deviation": [1]}""", "'mean'", "a number for each channel")]
    [TestCase("""{"name": "own", "order": "grey", "resize_short_side": 0.5, "scale": 1, "mean": [0], "deviation": [1]}""", "'resize_short_side'", "whole number")]
    [TestCase("""{"name": "own", "order": "grey", "resize_short_side": 0, "mean": [0], "deviation": [1]}""", "lacks 'scale'", "a number")]
    [TestCase("""{"name": "own", "order": "grey", "resize_short_side": 0, "scale": 1, "mean": [0], "std": [1]}""", "'std'", "deviation, content_side")]
    [TestCase("\"mnist-normalised\"", "imagenet, caffe, inception, mnist")]
    [TestCase("7", "object")]
    public void A_fault_of_a_preset_names_the_field_and_what_may_stand_there(string preset, params string[] named)
    {
        Folder.Write("m.json", $$$"""{"preset": {{{preset}}}, "graph": {}}""");
        string message = Assert.Throws<ModelFileException>(() => new ModelNotes(Folder["m.onnx"], ImmutableDictionary<string, string>.Empty).FindPreset())!.Message;
        Sentence.Check(message);
        Assert.That(named.Where(each => !message.Contains(each, StringComparison.Ordinal)), Is.Empty, message);
    }

    [Test]
    public void The_documentation_has_each_preset_and_each_field_of_one()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "model-files.md"));
        IEnumerable<string> rows = ImagePreset.All.Select(preset => preset.Name).Concat(PresetJson.Fields.Select(field => field.Name));
        Assert.That(rows.Where(name => !text.Contains($"\n| `{name}` |", StringComparison.Ordinal)), Is.Empty);
        Assert.That(PresetJson.Fields.Count(), Is.EqualTo(10));
    }
}
