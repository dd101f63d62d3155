using Convoy.Layers;

namespace Convoy.Graph;

/// <summary>
/// Builds a network line by line, as its published table reads. Each call adds a layer behind the last one; <see cref="From"/>
/// goes back to another layer to begin a branch.
/// </summary>
public sealed class NetworkBuilder
{
    private readonly string _name;
    private readonly List<NodeDefinition> _definitions = [];
    private string _last;

    /// <summary>Begins a network with its input, named "input": one image's channels, height and width.</summary>
    public NetworkBuilder(string name, Shape input)
    {
        _name = name;
        _last = "input";
        _definitions.Add(new NodeDefinition(_last, new Input(input), []));
    }

    /// <summary>The layer that the next one will read.</summary>
    public string Last => _last;

    /// <summary>Goes back to a layer, so that the next one reads it.</summary>
    public NetworkBuilder From(string name)
    {
        _last = name;
        return this;
    }

    /// <summary>Adds a convolution; an activation becomes a layer of its own, named "<paramref name="name"/>.relu" or the like.</summary>
    public NetworkBuilder Convolution(
        string name,
        int filters,
        Extent2D kernel,
        Extent2D? stride = null,
        Padding padding = default,
        Extent2D? dilation = null,
        int groups = 1,
        bool bias = true,
        Activation activation = default) =>
        Append(name, new Convolution2D(filters, kernel, stride ?? 1, padding, dilation ?? 1, groups, bias)).Activate(activation);

    /// <summary>Adds max pooling.</summary>
    public NetworkBuilder MaxPool(
        string name, Extent2D kernel, Extent2D stride, Padding padding = default, bool ceilMode = false) =>
        Append(name, new Pool2D(PoolKind.Max, kernel, stride, padding, ceilMode));

    /// <summary>Adds average pooling.</summary>
    public NetworkBuilder AveragePool(
        string name,
        Extent2D kernel,
        Extent2D stride,
        Padding padding = default,
        bool ceilMode = false,
        bool countPadding = true) =>
        Append(name, new Pool2D(PoolKind.Average, kernel, stride, padding, ceilMode, countPadding));

    /// <summary>Adds average pooling to a fixed extent.</summary>
    public NetworkBuilder AdaptiveAveragePool(string name, Extent2D output) => Append(name, new AdaptiveAveragePool2D(output));

    /// <summary>Adds average pooling over the whole feature map.</summary>
    public NetworkBuilder GlobalAveragePool(string name) => AdaptiveAveragePool(name, 1);

    /// <summary>Adds a fully connected layer; an activation becomes a layer of its own.</summary>
    public NetworkBuilder FullyConnected(
        string name, int features, bool bias = true, Activation activation = default) =>
        Append(name, new FullyConnected(features, bias)).Activate(activation);

    /// <summary>Adds a ReLU.</summary>
    public NetworkBuilder Relu(string name) => Append(name, new ActivationLayer(Activation.Relu));

    /// <summary>Adds a hyperbolic tangent.</summary>
    public NetworkBuilder Tanh(string name) => Append(name, new ActivationLayer(Activation.Tanh));

    /// <summary>Adds local response normalisation.</summary>
    public NetworkBuilder LocalResponseNormalization(
        string name, int size, float alpha = 1e-4f, float beta = 0.75f, float k = 1f) =>
        Append(name, new LocalResponseNormalization(size, alpha, beta, k));

    /// <summary>Adds batch normalisation.</summary>
    public NetworkBuilder BatchNormalization(string name, float epsilon = 1e-5f) => Append(name, new BatchNormalization(epsilon));

    /// <summary>Adds dropout.</summary>
    public NetworkBuilder Dropout(string name, float rate) => Append(name, new Dropout(rate));

    /// <summary>Adds a flattening to a vector.</summary>
    public NetworkBuilder Flatten(string name) => Append(name, new Flatten());

    /// <summary>Adds softmax.</summary>
    public NetworkBuilder Softmax(string name) => Append(name, new Softmax());

    /// <summary>Adds the sum of two layers.</summary>
    public NetworkBuilder Add(string name, string left, string right) => Append(name, new Add(), left, right);

    /// <summary>Adds the concatenation of layers along their channels.</summary>
    public NetworkBuilder Concat(string name, params ReadOnlySpan<string> inputs) => Append(name, new Concat(), inputs);

    /// <summary>Adds any layer, behind the last one or behind the inputs named; they may be defined later.</summary>
    public NetworkBuilder Append(string name, Layer layer, params ReadOnlySpan<string> inputs)
    {
        ArgumentNullException.ThrowIfNull(layer);
        _definitions.Add(new NodeDefinition(name, layer, inputs.IsEmpty ? [_last] : [.. inputs]));
        _last = name;
        return this;
    }

    /// <summary>Validates the network. Its output is the layer named, or else the one that no other reads.</summary>
    /// <exception cref="NetworkException">The network is impossible; the sentence names the layer at fault.</exception>
    public Network Build(string? output = null) => Network.Create(_name, _definitions, output);

    /// <summary>Validates a network of several outputs, which a run returns in this order: <c>Build(outputs: ["fc7", "prob"])</c>.</summary>
    /// <exception cref="NetworkException">The network is impossible; the sentence names the layer at fault.</exception>
    public Network Build(ReadOnlySpan<string> outputs) => Network.Create(_name, _definitions, outputs);

    private NetworkBuilder Activate(Activation activation)
    {
        if (activation != Activation.None)
        {
            var layer = new ActivationLayer(activation);
            Append($"{_last}.{layer.Op}", layer);
        }

        return this;
    }
}
