using Convoy.Models;

namespace Convoy.Tests.Models;

/// <summary>
/// The published forms have as many numbers and do as much work as their authors say. Counts are those of the published files
/// (torchvision's, Caffe's and Keras' own), running means and variances counted where a file has them.
/// </summary>
public sealed class PublishedFormsTests
{
    [TestCase("alexnet", 62_378_344, 1.135)]
    [TestCase("alexnet-bvlc", 60_965_224, 0.725)]
    [TestCase("alexnet-torchvision", 61_100_840, 0.714)]
    [TestCase("caffenet", 60_965_224, 0.725)]
    [TestCase("lenet5", 61_706, 0.000416)]
    [TestCase("lenet5-relu", 61_706, 0.000416)]
    [TestCase("mobilenet-v1", 4_253_864, 0.569)]
    [TestCase("resnet18", 11_699_112, 1.814)]
    [TestCase("squeezenet1.1", 1_235_496, 0.349)]
    [TestCase("vgg11", 132_863_336, 7.609)]
    public void A_form_has_its_published_size(string name, long parameters, double billionMultiplyAdds)
    {
        Assert.That(ModelCatalog.TryFind(name, out ModelInfo? model), Is.True);
        Network network = model!.CreateNetwork();
        Assert.That(network.ParameterCount, Is.EqualTo(parameters));
        Assert.That(network.MultiplyAdds / 1e9, Is.EqualTo(billionMultiplyAdds).Within(1).Percent);
    }

    [Test]
    public void Every_form_is_counted()
    {
        IEnumerable<object?> counted = typeof(PublishedFormsTests).GetMethod(nameof(A_form_has_its_published_size))!
            .GetCustomAttributes(typeof(TestCaseAttribute), false)
            .Select(each => ((TestCaseAttribute)each).Arguments[0]);
        Assert.That(counted, Is.EquivalentTo(ModelCatalog.Names));
    }

    /// <summary>Names in the published files, of layers that differ in kind.</summary>
    [TestCase("alexnet-torchvision", "features.10.weight", "classifier.6.bias")]
    [TestCase("caffenet", "conv5.weight", "fc8.bias")]
    [TestCase("mobilenet-v1", "conv_dw_13.weight", "conv_pw_13_bn.running_var")]
    [TestCase("resnet18", "layer2.0.downsample.1.running_mean", "layer4.1.bn2.bias")]
    [TestCase("squeezenet1.1", "features.12.expand3x3.weight", "classifier.1.bias")]
    [TestCase("vgg11", "features.18.weight", "classifier.3.bias")]
    public void Parameters_are_named_as_in_the_published_files(string name, params string[] parameters)
    {
        Assert.That(ModelCatalog.TryFind(name, out ModelInfo? model), Is.True);
        Assert.That(parameters, Is.SubsetOf(model!.CreateNetwork().Parameters.Select(parameter => parameter.Name)));
    }

    [Test]
    public void CaffeNet_pools_before_it_normalises_and_BVLC_s_AlexNet_after()
    {
        Assert.That(OrderOf(CaffeNet.Create()), Is.EqualTo(new[] { "pool1", "norm1", "pool2", "norm2" }));
        Assert.That(OrderOf(CaffeNet.CreateAlexNet()), Is.EqualTo(new[] { "norm1", "pool1", "norm2", "pool2" }));

        static IEnumerable<string> OrderOf(Network network) =>
            network.Nodes.Select(node => node.Name).Where(name => name is "norm1" or "norm2" or "pool1" or "pool2");
    }
}
