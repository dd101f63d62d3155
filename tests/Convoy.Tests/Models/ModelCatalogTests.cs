using Convoy.Imaging;
using Convoy.Models;

namespace Convoy.Tests.Models;

/// <summary>What the catalogue says of each model holds, so that a row is all that a new one needs.</summary>
public sealed class ModelCatalogTests
{
    private static IEnumerable<ModelInfo> Models => ModelCatalog.All;

    [TestCaseSource(nameof(Models))]
    public void A_model_is_found_by_its_networks_name_in_upper_case_too(ModelInfo model)
    {
        Assert.That(model.CreateNetwork().Name, Is.EqualTo(model.Name));
        Assert.That(ModelCatalog.TryFind(model.Name.ToUpperInvariant(), out ModelInfo? found), Is.True);
        Assert.That(found, Is.SameAs(model));
    }

    [TestCaseSource(nameof(Models))]
    public void Its_preset_yields_the_channels_it_reads(ModelInfo model)
    {
        Assert.That(ImagePreset.TryFind(model.ImagePreset, out ImagePreset? preset), Is.True);
        Assert.That(preset!.Channels, Is.EqualTo(model.CreateNetwork().Input.Shape.Channels));
    }

    [TestCaseSource(nameof(Models))]
    public void It_has_a_class_name_for_each_score_or_none(ModelInfo model)
    {
        Assert.That(model.ClassNames, Is.Unique);
        Assert.That(model.ClassNames.Length, Is.Zero.Or.EqualTo(model.CreateNetwork().Output.Shape.Count));
    }

    [TestCaseSource(nameof(Models))]
    public void The_weights_that_come_along_fit_its_network(ModelInfo model)
    {
        if (model.PretrainedWeights is not { } name)
        {
            Assert.Pass("None come along.");
            return;
        }

        using WeightSet weights = PretrainedWeights.Open(name);
        Assert.That(() => weights.Validate(model.CreateNetwork()), Throws.Nothing);
    }

    [Test]
    public void Names_are_in_alphabetical_order_and_an_unknown_one_is_not_found()
    {
        Assert.That(ModelCatalog.Names, Is.Ordered.Using((IComparer<string>)StringComparer.Ordinal).And.Unique);
        Assert.That(ModelCatalog.TryFind("vgg99", out ModelInfo? model), Is.False);
        Assert.That(model, Is.Null);
    }

    [Test]
    public void Weights_that_do_not_come_along_are_refused_by_name() =>
        Assert.That(() => PretrainedWeights.Open("vgg99"), Throws.ArgumentException.With.Message.Contains("'vgg99'"));

    [Test]
    public void Only_the_models_and_their_weights_know_names_of_models()
    {
        string[] quoted = [.. ModelCatalog.Names.Select(name => $"\"{name}\"")];
        string sources = Path.Combine(Repository.Root, "src/Managed");
        IEnumerable<string> knowing =
            from file in Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories)
            where File.ReadLines(file).Any(line => !line.Contains("///", StringComparison.Ordinal) && quoted.Any(line.Contains))
            select Path.GetRelativePath(sources, file).Replace('\\', '/');
        Assert.That(knowing, Is.EquivalentTo(new[]
        {
            "Convoy/Models/AlexNet.cs", "Convoy/Models/CaffeNet.cs", "Convoy/Models/LeNet5.cs", "Convoy/Models/MobileNet.cs",
            "Convoy/Models/ModelCatalog.cs", "Convoy/Models/ResNet.cs", "Convoy/Models/SqueezeNet.cs", "Convoy/Models/Vgg.cs",
            "Convoy/Weights/PretrainedWeights.cs",
        }));
    }
}
