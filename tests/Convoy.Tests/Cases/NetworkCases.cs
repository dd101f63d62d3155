using Convoy.Models;

namespace Convoy.Tests.Cases;

/// <summary>Every layer of both networks, as their own shape inference has them.</summary>
public static class NetworkCases
{
    public static IEnumerable<OperatorCase> All => Layers(LeNet5.Create(), 3).Concat(Layers(AlexNet.Create(), 1));

    private static IEnumerable<OperatorCase> Layers(Network network, int batch) =>
        StepGraph.Create(network).Steps.Select(step => new OperatorCase(
            $"{network.Name}:{step.Name}", step.Layer, [.. step.InputShapes], step.Activation, batch));
}
