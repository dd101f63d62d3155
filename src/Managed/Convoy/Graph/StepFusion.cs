using System.Collections.Immutable;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Graph;

/// <summary>
/// The passes from nodes to fused steps, in one walk: what does not lead to the output is left out; dropout, identities and
/// a flattening before fully connected layers are passed over; a batch normalisation joins the convolution or fully
/// connected layer it follows, or becomes a depthwise 1 x 1 convolution; an activation joins its producer, and
/// pooling the convolution it follows where the backend takes it.
/// </summary>
internal sealed class StepFusion
{
    private readonly Dictionary<Node, List<Node>> _readers;
    private readonly Dictionary<Node, int> _values = [];
    private readonly List<FusedStep> _steps = [];
    private readonly Network _network;
    private readonly Func<FusedStep, Pool2D, bool>? _takesPool;

    private StepFusion(Network network, Func<FusedStep, Pool2D, bool>? takesPool, List<Node> live)
    {
        _network = network;
        _takesPool = takesPool;
        _readers = live.ToDictionary(node => node, _ => new List<Node>());
        foreach (Node node in live)
        {
            foreach (Node input in node.Inputs)
            {
                _readers[input].Add(node);
            }
        }
    }

    /// <summary>Fuses a network into steps; step i writes value i + 1.</summary>
    public static ImmutableArray<FusedStep> Fuse(Network network, Func<FusedStep, Pool2D, bool>? takesPool, out int output)
    {
        List<Node> live = FindLive(network);
        var fusion = new StepFusion(network, takesPool, live);
        foreach (Node node in live)
        {
            fusion.Visit(node);
        }

        output = fusion._values[network.Output];
        return [.. fusion._steps];
    }

    private static List<Node> FindLive(Network network)
    {
        HashSet<Node> live = [network.Output, network.Input];
        foreach (Node node in network.Nodes.Reverse())
        {
            if (live.Contains(node))
            {
                live.UnionWith(node.Inputs);
            }
        }

        return [.. network.Nodes.Where(live.Contains)];
    }

    private void Visit(Node node)
    {
        if (node.Layer is Input)
        {
            _values[node] = 0;
        }
        else if (!_values.ContainsKey(node))
        {
            if (IsPassedOver(node))
            {
                _values[node] = _values[node.Inputs[0]];
            }
            else
            {
                AddStep(node);
            }
        }
    }

    private bool IsPassedOver(Node node) => node.Layer switch
    {
        Dropout => true,
        ActivationLayer { Function: Activation.None } => true,

        // A fully connected layer flattens its input itself, in the order the flattening would have.
        Flatten => node.Inputs[0].Shape.IsVector
            || (node != _network.Output && _readers[node].TrueForAll(LeadsOnlyToFullyConnected)),
        _ => false,
    };

    private bool LeadsOnlyToFullyConnected(Node node) => node.Layer is FullyConnected
        || (node.Layer is Dropout && node != _network.Output && _readers[node].TrueForAll(LeadsOnlyToFullyConnected));

    private void AddStep(Node node)
    {
        List<Node> covered = [node];
        Layer layer = node.Layer;
        Activation activation = Activation.None;
        Node last = node;
        if (layer is Convolution2D or FullyConnected)
        {
            last = Absorb<BatchNormalization>(last, covered);
        }
        else if (layer is BatchNormalization)
        {
            layer = new Convolution2D(node.Shape.Channels, 1, 1, default, 1, Groups: node.Shape.Channels);
        }

        if (layer is Convolution2D or FullyConnected or Add)
        {
            last = Absorb<ActivationLayer>(last, covered);
            activation = last.Layer is ActivationLayer function ? function.Function : Activation.None;
        }
        else if (layer is ActivationLayer function)
        {
            activation = function.Function;
        }

        int[] inputs = [.. node.Inputs.Select(input => _values[input])];
        Shape[] inputShapes = [.. inputs.Select(ValueShape)];
        if (node.Layer is BatchNormalization && node.Shape.IsVector)
        {
            // To the convolution it became, a vector is an image of one pixel.
            inputShapes = [Shape.Image(node.Shape.Channels, 1, 1)];
        }

        var step = new FusedStep
        {
            Name = node.Name,
            Layer = layer,
            Activation = activation,
            Nodes = [.. covered],
            Inputs = [.. inputs],
            Output = _steps.Count + 1,
            InputShapes = [.. inputShapes],
            OutputShape = node.Shape,
        };
        if (layer is Convolution2D && Absorb<Pool2D>(last, covered, pool => _takesPool?.Invoke(step, pool) == true) is { Layer: Pool2D pool } pooled)
        {
            step = step with { Pool = pool, Nodes = [.. covered], OutputShape = pooled.Shape };
        }

        foreach (Node each in covered)
        {
            _values[each] = step.Output;
        }

        _steps.Add(step);
    }

    /// <summary>The node's only reader, where it is of the kind, accepted, and the node's own output is not asked for.</summary>
    private Node Absorb<TLayer>(Node node, List<Node> covered, Func<TLayer, bool>? accepts = null)
        where TLayer : Layer
    {
        // Dropout in between changes nothing at inference.
        Node next = node;
        List<Node> passed = [];
        while (next != _network.Output && _readers[next].Count == 1)
        {
            next = _readers[next][0];
            passed.Add(next);
            if (next.Layer is TLayer layer && accepts?.Invoke(layer) != false)
            {
                covered.AddRange(passed);
                return next;
            }

            if (next.Layer is not Dropout)
            {
                break;
            }
        }

        return node;
    }

    private Shape ValueShape(int value) => value == 0 ? _network.Input.Shape : _steps[value - 1].OutputShape;
}
