using System.Collections.Immutable;

namespace Convoy.Tests.Cli;

[TestFixture]
public sealed class NetworkSummaryTests
{
    [Test]
    public void Activations_join_their_layer_and_dropout_the_one_behind_it()
    {
        Network network = new NetworkBuilder("net", Shape.Image(3, 9, 9))
            .Convolution("conv", 4, kernel: 3, stride: 2, padding: Padding.Same, activation: Activation.Relu)
            .Dropout("drop", 0.25f)
            .FullyConnected("fc", 5)
            .Softmax("prob")
            .Build();
        ImmutableArray<SummaryRow> rows = NetworkSummary.Create(network);
        Assert.That(rows.Select(row => row.Title), Is.EqualTo(new[] { "input", "conv", "dropout 0.25, fc" }));
        Assert.That(rows.Select(row => row.Activation), Is.EqualTo(new[] { null, "relu", "softmax" }));
        Assert.That(rows[1].Padding, Is.EqualTo(new Padding(1, 1, 1, 1)), "SAME padding in numbers");
        Assert.That(rows.Sum(row => row.Parameters), Is.EqualTo(network.ParameterCount));
        Assert.That(rows.Sum(row => row.MultiplyAdds), Is.EqualTo(network.MultiplyAdds));
    }

    [Test]
    public void What_two_layers_read_keeps_its_own_row()
    {
        Network network = new NetworkBuilder("net", Shape.Image(2, 4, 4))
            .Convolution("conv", 2, kernel: 1)
            .Relu("relu")
            .Add("sum", "conv", "relu")
            .Build();
        Assert.That(NetworkSummary.Create(network).Select(row => row.Name), Is.EqualTo(new[] { "input", "conv", "relu", "sum" }));
    }
}
