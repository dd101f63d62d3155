using Convoy.Layers;

namespace Convoy.Graph;

/// <summary>
/// The passes from nodes to fused steps, in one walk: what does not lead to the output is left out; dropout, identities and
/// a flattening before fully connected layers are passed over; a batch normalisation joins the convolution or fully
/// connected layer it follows, or becomes a depthwise 1 x 1 convolution; and an activation joins its producer.
/// </summary>
internal sealed class StepFusion
{
    private readonly Dictionary<Node, List<Node>> _readers;
    private readonly Dictionary<Node, int> _values = [];
    private readonly List<FusedStep> _steps = [];
    private readonly Network _network;
    private readonly HashSet<Node> _outputs;

    private StepFusion(Network network, List<Node> live)
    {
        _network = network;
        _outputs = [.. network.Outputs];
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
    /// <param name="network">The network.</param>
    /// <param name="outputs">The values that are the network's outputs, in its order.</param>
    public static ImmutableArray<FusedStep> Fuse(Network network, out ImmutableArray<int> outputs)
    {
        List<Node> live = FindLive(network);
        var fusion = new StepFusion(network, live);
        foreach (Node node in live)
        {
            fusion.Visit(node);
        }

        outputs = [.. network.Outputs.Select(output => fusion._values[output])];
        return [.. fusion._steps];
    }

    private static List<Node> FindLive(Network network)
    {
        HashSet<Node> live = [network.Input, .. network.Outputs];
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
        ActivationLayer { Function.Kind: ActivationKind.None } => true,

        // A fully connected layer flattens its input itself, in the order the flattening would have.
        Flatten => node.Inputs[0].Shape.IsVector
            || (!_outputs.Contains(node) && _readers[node].TrueForAll(LeadsOnlyToFullyConnected)),
        _ => false,
    };

    private bool LeadsOnlyToFullyConnected(Node node) => node.Layer is FullyConnected
        || (node.Layer is Dropout && !_outputs.Contains(node) && _readers[node].TrueForAll(LeadsOnlyToFullyConnected));

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

        if (layer is Convolution2D or FullyConnected or Binary or BinaryConstant or InstanceNormalization)
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

        _steps.Add(new FusedStep
        {
            Name = node.Name,
            Layer = layer,
            Activation = activation,
            Nodes = [.. covered],
            Inputs = [.. inputs],
            Output = _steps.Count + 1,
            InputShapes = [.. inputShapes],
            OutputShape = node.Shape,
        });
        foreach (Node each in covered)
        {
            _values[each] = _steps.Count;
        }
    }

    /// <summary>The node's only reader, where it is of the kind and the node's own output is not asked for.</summary>
    private Node Absorb<TLayer>(Node node, List<Node> covered)
        where TLayer : Layer
    {
        // Dropout in between changes nothing at inference.
        Node next = node;
        List<Node> passed = [];
        while (!_outputs.Contains(next) && _readers[next].Count == 1)
        {
            next = _readers[next][0];
            passed.Add(next);
            if (next.Layer is TLayer)
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
