using Convoy.Models;

namespace Convoy.Tests.Graph;

public class NetworkShapeTests
{
    [TestCase("input", 3, 227, 227, 0)]
    [TestCase("conv1", 96, 55, 55, 34_944)]
    [TestCase("pool1", 96, 27, 27, 0)]
    [TestCase("conv2", 256, 27, 27, 614_656)]
    [TestCase("pool2", 256, 13, 13, 0)]
    [TestCase("conv3", 384, 13, 13, 885_120)]
    [TestCase("conv4", 384, 13, 13, 1_327_488)]
    [TestCase("conv5", 256, 13, 13, 884_992)]
    [TestCase("pool5", 256, 6, 6, 0)]
    public void AlexNets_feature_maps_have_these_shapes(string name, int channels, int height, int width, long parameters)
    {
        Node node = AlexNet.Create()[name];
        Assert.That(node.Shape, Is.EqualTo(Shape.Image(channels, height, width)));
        Assert.That(node.ParameterCount, Is.EqualTo(parameters));
    }

    [TestCase("fc6", 4096, 37_752_832)]
    [TestCase("fc7", 4096, 16_781_312)]
    [TestCase("fc8", 1000, 4_097_000)]
    [TestCase("prob", 1000, 0)]
    public void AlexNets_vectors_have_these_lengths(string name, int features, long parameters)
    {
        Node node = AlexNet.Create()[name];
        Assert.That(node.Shape, Is.EqualTo(Shape.Vector(features)));
        Assert.That(node.ParameterCount, Is.EqualTo(parameters));
    }

    [Test]
    public void AlexNet_has_62_million_parameters_and_1135_million_multiply_adds()
    {
        Network network = AlexNet.Create();
        Assert.That(network.ParameterCount, Is.EqualTo(62_378_344));
        Assert.That(network.MultiplyAdds, Is.EqualTo(1_135_256_096));
        Assert.That(network.Output.Name, Is.EqualTo("prob"));
    }

    [TestCase("conv1", 6, 28, 28)]
    [TestCase("pool1", 6, 14, 14)]
    [TestCase("conv2", 16, 10, 10)]
    [TestCase("pool2", 16, 5, 5)]
    [TestCase("conv3", 120, 1, 1)]
    public void LeNet5s_feature_maps_have_these_shapes(string name, int channels, int height, int width) =>
        Assert.That(LeNet5.Create()[name].Shape, Is.EqualTo(Shape.Image(channels, height, width)));

    [Test]
    public void LeNet5_has_61706_parameters_and_417_thousand_multiply_adds()
    {
        Network network = LeNet5.Create();
        Assert.That(network.ParameterCount, Is.EqualTo(61_706));
        Assert.That(network.MultiplyAdds, Is.EqualTo(416_520));
        Assert.That(network.Output.Shape, Is.EqualTo(Shape.Vector(10)));
    }

    [Test]
    public void LeNet5s_weights_have_the_names_other_frameworks_give_them() => Assert.That(
        LeNet5.Create().Parameters,
        Is.EqualTo(new (string, Shape)[]
        {
            ("conv1.weight", new Shape(6, 1, 5, 5)), ("conv1.bias", new Shape(6)),
            ("conv2.weight", new Shape(16, 6, 5, 5)), ("conv2.bias", new Shape(16)),
            ("conv3.weight", new Shape(120, 16, 5, 5)), ("conv3.bias", new Shape(120)),
            ("fc1.weight", new Shape(84, 120)), ("fc1.bias", new Shape(84)),
            ("fc2.weight", new Shape(10, 84)), ("fc2.bias", new Shape(10)),
        }));

    [Test]
    public void A_branched_network_is_built()
    {
        Network network = new NetworkBuilder("branched", Shape.Image(4, 8, 8))
            .Convolution("left", 6, kernel: 3, padding: 1, activation: Activation.Relu)
            .From("input")
            .Convolution("right", 6, kernel: 1)
            .Add("sum", "left.relu", "right")
            .Concat("all", "sum", "input", "right")
            .GlobalAveragePool("pool")
            .Build();
        Assert.That(network["sum"].Shape, Is.EqualTo(Shape.Image(6, 8, 8)));
        Assert.That(network["all"].Shape, Is.EqualTo(Shape.Image(16, 8, 8)));
        Assert.That(network["all"].Inputs.Select(node => node.Name), Is.EqualTo(new[] { "sum", "input", "right" }));
        Assert.That(network.Output.Shape, Is.EqualTo(Shape.Image(16, 1, 1)));
    }

    [Test]
    public void The_output_can_be_a_layer_that_others_read()
    {
        Network network = new NetworkBuilder("net", Shape.Vector(3)).Relu("a").Relu("b").Build(output: "a");
        Assert.That(network.Output.Name, Is.EqualTo("a"));
    }
}
