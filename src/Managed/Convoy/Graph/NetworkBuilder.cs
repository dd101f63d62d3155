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
        string name, Extent2D kernel, Extent2D stride, Padding padding = default, bool ceilMode = false, Extent2D? dilation = null) =>
        Append(name, new Pool2D(PoolKind.Max, kernel, stride, padding, ceilMode, Dilation: dilation));

    /// <summary>Adds average pooling.</summary>
    public NetworkBuilder AveragePool(
        string name,
        Extent2D kernel,
        Extent2D stride,
        Padding padding = default,
        bool ceilMode = false,
        bool countPadding = true,
        Extent2D? dilation = null) =>
        Append(name, new Pool2D(PoolKind.Average, kernel, stride, padding, ceilMode, countPadding, dilation));

    /// <summary>Adds max pooling to a fixed extent.</summary>
    public NetworkBuilder AdaptiveMaxPool(string name, Extent2D output) => Append(name, new AdaptivePool2D(PoolKind.Max, output));

    /// <summary>Adds average pooling to a fixed extent.</summary>
    public NetworkBuilder AdaptiveAveragePool(string name, Extent2D output) => Append(name, new AdaptivePool2D(PoolKind.Average, output));

    /// <summary>Adds max pooling over the whole feature map.</summary>
    public NetworkBuilder GlobalMaxPool(string name) => AdaptiveMaxPool(name, 1);

    /// <summary>Adds average pooling over the whole feature map.</summary>
    public NetworkBuilder GlobalAveragePool(string name) => AdaptiveAveragePool(name, 1);

    /// <summary>Adds rows and columns of a constant around the feature map.</summary>
    public NetworkBuilder Pad(string name, Padding padding, float value = 0) => Append(name, new Pad2D(padding, value));

    /// <summary>Adds a fully connected layer; an activation becomes a layer of its own.</summary>
    public NetworkBuilder FullyConnected(
        string name, int features, bool bias = true, Activation activation = default) =>
        Append(name, new FullyConnected(features, bias)).Activate(activation);

    /// <summary>Adds any activation; the customary ones have methods of their own.</summary>
    public NetworkBuilder Activate(string name, Activation function) => Append(name, new ActivationLayer(function));

    /// <summary>Adds a ReLU.</summary>
    public NetworkBuilder Relu(string name) => Activate(name, Activation.Relu);

    /// <summary>Adds a leaky ReLU.</summary>
    public NetworkBuilder LeakyRelu(string name, float slope = 0.01f) => Activate(name, Activation.LeakyRelu(slope));

    /// <summary>Adds a parametric ReLU: a leaky one with a trained slope a channel, its parameter "weight".</summary>
    public NetworkBuilder ParametricRelu(string name) => Activate(name, Activation.ParametricRelu);

    /// <summary>Adds a clip to a least and a most, either of which may be infinite.</summary>
    public NetworkBuilder Clip(string name, float least, float most) => Activate(name, Activation.Clip(least, most));

    /// <summary>Adds a sigmoid.</summary>
    public NetworkBuilder Sigmoid(string name) => Activate(name, Activation.Sigmoid);

    /// <summary>Adds a hyperbolic tangent.</summary>
    public NetworkBuilder Tanh(string name) => Activate(name, Activation.Tanh);

    /// <summary>Adds local response normalisation.</summary>
    public NetworkBuilder LocalResponseNormalization(
        string name, int size, float alpha = 1e-4f, float beta = 0.75f, float k = 1f, LrnAlignment alignment = LrnAlignment.Above) =>
        Append(name, new LocalResponseNormalization(size, alpha, beta, k, alignment));

    /// <summary>Adds batch normalisation.</summary>
    public NetworkBuilder BatchNormalization(string name, float epsilon = 1e-5f) => Append(name, new BatchNormalization(epsilon));

    /// <summary>Adds instance normalisation.</summary>
    public NetworkBuilder InstanceNormalization(string name, float epsilon = 1e-5f) => Append(name, new InstanceNormalization(epsilon));

    /// <summary>Adds dropout.</summary>
    public NetworkBuilder Dropout(string name, float rate) => Append(name, new Dropout(rate));

    /// <summary>Adds a flattening to a vector.</summary>
    public NetworkBuilder Flatten(string name) => Append(name, new Flatten());

    /// <summary>Adds what makes an image of a vector.</summary>
    public NetworkBuilder Unflatten(string name, Shape output) => Append(name, new Unflatten(output));

    /// <summary>Adds a choice of channels, or of a vector's features.</summary>
    public NetworkBuilder Slice(string name, int start, int count, int step = 1) => Append(name, new Slice(start, count, step));

    /// <summary>Adds a repetition of each pixel.</summary>
    public NetworkBuilder Upsample(string name, Extent2D factor) => Append(name, new Upsample(factor));

    /// <summary>Adds softmax.</summary>
    public NetworkBuilder Softmax(string name) => Append(name, new Softmax());

    /// <summary>Adds the logarithm of softmax.</summary>
    public NetworkBuilder LogSoftmax(string name) => Append(name, new LogSoftmax());

    /// <summary>
    /// Adds the sum of two layers. As of all operations of two, one may be a number for each channel of the other, or a single
    /// number.
    /// </summary>
    public NetworkBuilder Add(string name, string left, string right) => Append(name, new Binary(BinaryOperation.Add), left, right);

    /// <summary>Adds the difference of two layers.</summary>
    public NetworkBuilder Subtract(string name, string left, string right) => Append(name, new Binary(BinaryOperation.Subtract), left, right);

    /// <summary>Adds the product of two layers, element by element.</summary>
    public NetworkBuilder Multiply(string name, string left, string right) => Append(name, new Binary(BinaryOperation.Multiply), left, right);

    /// <summary>Adds the quotient of two layers, element by element.</summary>
    public NetworkBuilder Divide(string name, string left, string right) => Append(name, new Binary(BinaryOperation.Divide), left, right);

    /// <summary>Adds the smaller of two layers, element by element.</summary>
    public NetworkBuilder Minimum(string name, string left, string right) => Append(name, new Binary(BinaryOperation.Minimum), left, right);

    /// <summary>Adds the larger of two layers, element by element.</summary>
    public NetworkBuilder Maximum(string name, string left, string right) => Append(name, new Binary(BinaryOperation.Maximum), left, right);

    /// <summary>
    /// Adds an operation of the last layer and a constant, one number or one a channel:
    /// <c>BinaryConstant("centred", BinaryOperation.Subtract, [104, 117, 123])</c>.
    /// </summary>
    public NetworkBuilder BinaryConstant(string name, BinaryOperation operation, ReadOnlySpan<float> constant, bool constantFirst = false) =>
        Append(name, new BinaryConstant(operation, [.. constant], constantFirst));

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
