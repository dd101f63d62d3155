namespace Convoy.Tests.Graph;

public class NetworkRefusalTests
{
    private static readonly ActivationLayer Relu = new(Activation.Relu);

    [Test]
    public void A_kernel_larger_than_its_input_is_refused() => CheckRefused(
        Begin().Convolution("conv1", 4, kernel: 5).Convolution("conv2", 4, kernel: 5),
        "Layer 'conv2': a kernel of 5 x 5 is larger than its input [4, 4, 4], 4 x 4 pixels.");

    [Test]
    public void A_pooling_kernel_larger_than_its_input_is_refused() => CheckRefused(
        Begin().MaxPool("pool1", 9, stride: 1), "Layer 'pool1': a kernel of 9 x 9 is larger than its input [3, 8, 8], 8 x 8 pixels.");

    [Test]
    public void Groups_that_do_not_divide_are_refused() => CheckRefused(
        Begin().Convolution("conv1", 4, kernel: 3, groups: 2),
        "Layer 'conv1': 2 groups must divide both the 3 channels of the input [3, 8, 8] and the 4 filters.");

    [Test]
    public void Two_layers_of_one_name_are_refused() => CheckRefused(
        Begin().Relu("a").Tanh("a"),
        "The network 'net' has two layers named 'a' (relu and tanh); give each its own name.");

    [Test]
    public void A_layer_without_a_name_is_refused() =>
        CheckRefused(Begin().Relu(" "), "The network 'net' has a layer without a name (relu); give it one.");

    [Test]
    public void An_unknown_input_is_refused() => CheckRefused(
        Begin().Append("a", Relu, "nobody"), "Layer 'a': its input 'nobody' is no layer of the network 'net'.");

    [Test]
    public void Names_differ_by_case() => CheckRefused(
        Begin().Relu("a").Append("b", Relu, "A"), "Layer 'b': its input 'A' is no layer of the network 'net'.");

    [Test]
    public void Two_outputs_are_refused_unless_one_is_named()
    {
        NetworkBuilder builder = Begin().Relu("a").From("input").Relu("b");
        CheckRefused(builder, "The network 'net' ends in 2 layers ('a', 'b'); name the one that is its output, or several.");
        Assert.That(builder.Build(output: "b").Output.Name, Is.EqualTo("b"));
        Assert.That(
            () => builder.Build(output: "c"),
            Throws.TypeOf<NetworkException>().With.Message.EqualTo("The network 'net' has no layer named 'c' to be its output."));
    }

    [Test]
    public void Other_than_one_input_is_refused()
    {
        CheckRefused(
            Begin().Append("second", new Input(Shape.Vector(3))), "Layer 'second': input takes 0 inputs, but 1 is given.");
        Assert.That(
            () => Network.Create("net", [new("a", new Input(Shape.Vector(3)), []), new("b", new Input(Shape.Vector(3)), default)]),
            Throws.TypeOf<NetworkException>().With.Message.EqualTo("The network 'net' has 2 input layers, but must have exactly one."));
        Assert.That(
            () => Network.Create("net", []),
            Throws.TypeOf<NetworkException>().With.Message.EqualTo("The network 'net' has 0 input layers, but must have exactly one."));
    }

    [Test]
    public void A_sum_of_two_shapes_is_refused() => CheckRefused(
        Begin().MaxPool("pool1", 2, stride: 2).Add("sum", "input", "pool1"),
        "Layer 'sum': its two inputs must have one shape, or one of them a number for each channel of the other or a single number, but are [3, 8, 8] and [3, 4, 4].");

    [Test]
    public void A_concatenation_of_two_extents_is_refused() => CheckRefused(
        Begin().MaxPool("pool1", 2, stride: 2).Concat("all", "pool1", "input"),
        "Layer 'all': its inputs must agree in height and width, but are [3, 4, 4] and [3, 8, 8].");

    [Test]
    public void A_wrong_number_of_inputs_is_refused()
    {
        CheckRefused(Begin().Append("a", new Binary(BinaryOperation.Add), "input"), "Layer 'a': add takes 2 inputs, but 1 is given.");
        CheckRefused(Begin().Append("a", new Binary(BinaryOperation.Add), "input", "input", "input"), "Layer 'a': add takes 2 inputs, but 3 are given.");
        CheckRefused(Begin().Append("a", Relu, "input", "input"), "Layer 'a': relu takes 1 input, but 2 are given.");
        Assert.That(
            () => Network.Create("net", [new("in", new Input(Shape.Vector(3)), []), new("all", new Concat(), [])]),
            Throws.TypeOf<NetworkException>().With.Message.EqualTo("Layer 'all': concat takes at least 1 input, but 0 are given."));
    }

    [Test]
    public void A_vector_where_an_image_is_needed_is_refused() => CheckRefused(
        Begin().Flatten("flat").MaxPool("pool1", 2, stride: 2),
        "Layer 'pool1': maxpool needs an image (channels, height, width), but its input is [192].");

    [Test]
    public void An_input_of_four_extents_is_refused() => CheckRefused(
        new NetworkBuilder("net", new Shape(1, 3, 8, 8)),
        "Layer 'input': its shape [1, 3, 8, 8] is neither an image (channels, height, width) nor a vector (features).");

    [Test]
    public void Weights_or_work_too_large_to_count_are_refused()
    {
        CheckRefused(
            new NetworkBuilder("net", Shape.Image(1 << 20, 1 << 20, 1 << 20)).Convolution("conv1", 1 << 20, kernel: 1 << 12),
            "Layer 'conv1': its output, its weights or its work are too large to count.");
        CheckRefused(
            new NetworkBuilder("net", Shape.Image(1 << 16, 1 << 20, 1 << 20)).Convolution("conv1", 1 << 16, kernel: 1),
            "Layer 'conv1': its output, its weights or its work are too large to count.");
    }

    [Test]
    public void An_unknown_layer_is_a_missing_key() =>
        Assert.That(() => Begin().Relu("a").Build()["b"], Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("no layer named 'b'"));

    private static NetworkBuilder Begin() => new("net", Shape.Image(3, 8, 8));

    private static void CheckRefused(NetworkBuilder builder, string expected) =>
        Assert.That(() => builder.Build(), Throws.TypeOf<NetworkException>().With.Message.EqualTo(expected));
}
