using Convoy.Models;

namespace Convoy.Tests.Graph;

public sealed class StepGraphTests
{
    [Test]
    public void AlexNet_becomes_twelve_steps_with_its_activations_fused_and_dropout_gone()
    {
        var graph = StepGraph.Create(AlexNet.Create());
        Assert.That(
            graph.Steps.Select(step => $"{step.Name} {step.Op}"),
            Is.EqualTo(new[]
            {
                "conv1 conv+relu", "pool1 maxpool", "conv2 conv+relu", "pool2 maxpool", "conv3 conv+relu", "conv4 conv+relu",
                "conv5 conv+relu", "pool5 maxpool", "fc6 fc+relu", "fc7 fc+relu", "fc8 fc", "prob softmax",
            }));
        Assert.That(graph.Steps.Sum(step => step.MultiplyAdds), Is.EqualTo(AlexNet.Create().MultiplyAdds));
    }

    [Test]
    public void Runs_of_steps_end_where_something_else_reads_or_an_output_is_asked_for()
    {
        Network branch = new NetworkBuilder("branch", Shape.Image(2, 4, 4))
            .Convolution("conv", 2, 3, padding: 1).MaxPool("pool", 2, 2).From("conv").MaxPool("other", 2, 2).Concat("both", "pool", "other").Build();
        Assert.That(StepGraph.Create(branch).FindRun(0).Length, Is.EqualTo(1));

        Network line = new NetworkBuilder("line", Shape.Image(2, 4, 4)).Convolution("conv", 2, 3, padding: 1).MaxPool("pool", 2, 2).Softmax("prob").Build();
        Assert.That(StepGraph.Create(line).FindRun(0).Length, Is.EqualTo(3));
        Assert.That(StepGraph.Create(line).FindRun(1).Length, Is.EqualTo(2));

        Network two = new NetworkBuilder("two", Shape.Image(2, 4, 4))
            .Convolution("conv", 2, 3, padding: 1).MaxPool("pool", 2, 2).Softmax("prob").Build(outputs: ["prob", "pool"]);
        Assert.That(StepGraph.Create(two).FindRun(0).Length, Is.EqualTo(2));
        Assert.That(StepGraph.Create(two).Outputs, Is.EqualTo(new[] { 3, 2 }));
    }

    [Test]
    public void A_layer_that_does_not_lead_to_the_output_is_removed()
    {
        Network network = new NetworkBuilder("dead", Shape.Image(2, 4, 4))
            .Relu("used").From("input").Tanh("unused").From("used").MaxPool("pool", 2, 2).Build(output: "pool");
        Assert.That(StepGraph.Create(network).Steps.Select(step => step.Name), Is.EqualTo(new[] { "used", "pool" }));
    }

    [Test]
    public void An_activation_is_not_fused_where_something_else_reads_the_producer()
    {
        Network network = new NetworkBuilder("branch", Shape.Image(2, 4, 4))
            .Convolution("conv", 2, 3, padding: 1).Relu("relu").Add("sum", "conv", "relu").Build();
        FusedStep[] steps = [.. StepGraph.Create(network).Steps];
        Assert.That(steps.Select(step => step.Op), Is.EqualTo(new[] { "conv", "relu", "add" }));
        Assert.That(steps[2].Inputs, Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void An_activation_is_not_fused_where_the_producer_is_an_output()
    {
        Network network = new NetworkBuilder("early", Shape.Image(2, 4, 4)).Convolution("conv", 2, 3).Relu("relu").Build(output: "conv");
        FusedStep[] steps = [.. StepGraph.Create(network).Steps];
        Assert.That(steps.Single().Op, Is.EqualTo("conv"));
    }

    [Test]
    public void Batch_normalisation_and_activation_join_the_convolution_before_them()
    {
        Network network = new NetworkBuilder("norm", Shape.Image(2, 4, 4))
            .Convolution("conv", 2, 3, bias: false).BatchNormalization("bn").Dropout("drop", 0.1f).Relu("relu").Build();
        FusedStep step = StepGraph.Create(network).Steps.Single();
        Assert.That(step.Op, Is.EqualTo("conv+relu"));
        Assert.That(step.NormalizationNode?.Name, Is.EqualTo("bn"));
        Assert.That(step.Nodes.Select(node => node.Name), Is.EqualTo(new[] { "conv", "bn", "drop", "relu" }));
    }

    [Test]
    public void An_activation_joins_every_layer_that_can_take_it()
    {
        Network network = new NetworkBuilder("fused", Shape.Image(2, 4, 4))
            .Convolution("conv", 2, 3, padding: 1, activation: Activation.Gelu)
            .Multiply("square", "conv.gelu", "conv.gelu").Clip("clip", 0, 6)
            .BinaryConstant("scaled", BinaryOperation.Divide, [3]).LeakyRelu("leaky")
            .FullyConnected("fc", 3, activation: Activation.Silu)
            .Sigmoid("alone")
            .Build();
        Assert.That(
            StepGraph.Create(network).Steps.Select(step => step.Op),
            Is.EqualTo(new[] { "conv+gelu", "multiply+clip", "divide+leakyrelu", "fc+silu", "sigmoid" }));
    }

    [Test]
    public void The_slopes_of_a_fused_parametric_relu_are_those_of_its_own_node()
    {
        Network network = new NetworkBuilder("slopes", Shape.Image(2, 4, 4))
            .Convolution("conv", 5, 3).BatchNormalization("bn").ParametricRelu("first").ParametricRelu("second").Build();
        FusedStep[] steps = [.. StepGraph.Create(network).Steps];
        Assert.That(steps.Select(step => step.SlopesNode?.Name), Is.EqualTo(new[] { "first", "second" }));
        Assert.That(steps.Select(step => step.WeightNode?.Name), Is.EqualTo(new[] { "conv", null }));
        Assert.That(network.Parameters.Where(each => each.Name.Contains("first", StringComparison.Ordinal)), Is.EqualTo(new[] { ("first.weight", Shape.Vector(5)) }));
    }

    [Test]
    public void Flattening_disappears_before_fully_connected_layers_and_stays_elsewhere()
    {
        Network before = new NetworkBuilder("fc", Shape.Image(2, 4, 4)).Flatten("flat").Dropout("drop", 0.5f).FullyConnected("fc", 3).Build();
        Assert.That(StepGraph.Create(before).Steps.Select(step => step.Name), Is.EqualTo(new[] { "fc" }));

        Network elsewhere = new NetworkBuilder("flat", Shape.Image(2, 4, 4)).Flatten("flat").Softmax("prob").Build();
        Assert.That(StepGraph.Create(elsewhere).Steps.Select(step => step.Name), Is.EqualTo(new[] { "flat", "prob" }));
    }

    [Test]
    public void A_network_that_only_passes_its_input_on_has_no_steps()
    {
        var graph = StepGraph.Create(new NetworkBuilder("nothing", Shape.Image(1, 2, 2)).Dropout("drop", 0.5f).Build());
        Assert.That(graph.Steps, Is.Empty);
        Assert.That(graph.Outputs, Is.EqualTo(new[] { 0 }));
    }
}
