using System.Text;
using Convoy.ModelFiles;
using Convoy.ModelFiles.Keras;
using Convoy.Weights.Formats.Keras;

namespace Convoy.Tests.ModelFiles;

/// <summary>Keras' configurations become networks, layer by layer; what has no such layer is named.</summary>
public sealed class KerasConfigurationTests
{
    private static IEnumerable<TestCaseData> Layers =>
    [
        Case("""{"class_name":"Conv2D","config":{"name":"a","filters":8,"kernel_size":[3,5],"strides":[2,1],"padding":"valid","dilation_rate":[1,2],"groups":2,"use_bias":false,"activation":"relu6"}}""",
            new Convolution2D(8, new(3, 5), new(2, 1), default, new(1, 2), 2, false), new ActivationLayer(Activation.Relu6)),
        Case("""{"class_name":"Conv2D","config":{"name":"a","filters":8,"kernel_size":3,"padding":"SAME","activation":{"class_name":"function","config":"swish"}}}""",
            new Convolution2D(8, 3, 1, Padding.Same, 1), new ActivationLayer(Activation.Silu)),
        Case("""{"class_name":"DepthwiseConv2D","config":{"name":"a","kernel_size":[3,3],"strides":[2,2],"padding":"same","depth_multiplier":3,"activation":"linear"}}""",
            new Convolution2D(12, 3, 2, Padding.Same, 1, 4)),
        Case("""{"class_name":"SeparableConv2D","config":{"name":"a","filters":6,"kernel_size":[3,3],"padding":"valid","depth_multiplier":2}}""",
            new Convolution2D(8, 3, 1, default, 1, 4, false), new Convolution2D(6, 1, 1, default, 1)),
        Case("""{"class_name":"MaxPooling2D","config":{"name":"a","pool_size":[3,2],"strides":null,"padding":"valid"}}""",
            new Pool2D(PoolKind.Max, new(3, 2), new(3, 2), default, CountPadding: false)),
        Case("""{"class_name":"AveragePooling2D","config":{"name":"a","pool_size":[3,3],"strides":[1,1],"padding":"same"}}""",
            new Pool2D(PoolKind.Average, 3, 1, Padding.Same, CountPadding: false)),
        Case("""{"class_name":"GlobalAveragePooling2D","config":{"name":"a"}}""", new AdaptivePool2D(PoolKind.Average, 1), new Flatten()),
        Case("""{"class_name":"GlobalMaxPooling2D","config":{"name":"a","keepdims":true}}""", new AdaptivePool2D(PoolKind.Max, 1)),
        Case("""{"class_name":"BatchNormalization","config":{"name":"a","axis":[3]}}""", new BatchNormalization(1e-3f)),
        Case("""{"class_name":"BatchNormalization","config":{"name":"a","axis":-1,"epsilon":1.001e-5}}""", new BatchNormalization(1.001e-5f)),
        Case("""{"class_name":"Activation","config":{"name":"a","activation":"hard_sigmoid"}}""", new ActivationLayer(Activation.HardSigmoid())),
        Case("""{"class_name":"Activation","config":{"name":"a","activation":"softmax"}}""", new Softmax()),
        Case("""{"class_name":"ReLU","config":{"name":"a","max_value":6.0,"negative_slope":0.0,"threshold":0.0}}""", new ActivationLayer(Activation.Relu6)),
        Case("""{"class_name":"ReLU","config":{"name":"a","max_value":2.0,"negative_slope":0.5}}""",
            new ActivationLayer(Activation.LeakyRelu(0.5f)), new ActivationLayer(Activation.Clip(float.NegativeInfinity, 2))),
        Case("""{"class_name":"LeakyReLU","config":{"name":"a","alpha":0.1}}""", new ActivationLayer(Activation.LeakyRelu(0.1f))),
        Case("""{"class_name":"LeakyReLU","config":{"name":"a","negative_slope":0.2}}""", new ActivationLayer(Activation.LeakyRelu(0.2f))),
        Case("""{"class_name":"LeakyReLU","config":{"name":"a"}}""", new ActivationLayer(Activation.LeakyRelu(0.3f))),
        Case("""{"class_name":"PReLU","config":{"name":"a","shared_axes":[1,2]}}""", new ActivationLayer(Activation.ParametricRelu)),
        Case("""{"class_name":"ELU","config":{"name":"a","alpha":0.5}}""", new ActivationLayer(Activation.Elu(0.5f))),
        Case("""{"class_name":"Softmax","config":{"name":"a","axis":-1}}""", new Softmax()),
        Case("""{"class_name":"ZeroPadding2D","config":{"name":"a","padding":[[1,2],[3,4]]}}""", new Pad2D(new Padding(1, 3, 2, 4))),
        Case("""{"class_name":"ZeroPadding2D","config":{"name":"a","padding":[1,2]}}""", new Pad2D(new Padding(1, 2, 1, 2))),
        Case("""{"class_name":"ZeroPadding2D","config":{"name":"a","padding":1}}""", new Pad2D(1)),
        Case("""{"class_name":"UpSampling2D","config":{"name":"a","size":[2,3],"interpolation":"nearest"}}""", new Upsample(new(2, 3))),
        Case("""{"class_name":"Rescaling","config":{"name":"a","scale":0.5,"offset":-1}}""",
            new BinaryConstant(BinaryOperation.Multiply, [0.5f]), new BinaryConstant(BinaryOperation.Add, [-1])),
        Case("""{"class_name":"Rescaling","config":{"name":"a","scale":{"class_name":"__numpy__","config":{"value":[1,2,3,4],"dtype":"float32"}}}}""",
            new BinaryConstant(BinaryOperation.Multiply, [1, 2, 3, 4])),
        Case("""{"class_name":"Dropout","config":{"name":"a","rate":0.25}}""", new Dropout(0.25f)),
        Case("""{"class_name":"Flatten","config":{"name":"a"}}""", new Transpose(1, 2, 0), new Flatten()),
        Case("""{"class_name":"Flatten","config":{"name":"a","data_format":"channels_last"}}""", new Transpose(1, 2, 0), new Flatten()),

        // What stands first goes behind all else: the rows of a model whose channels are last.
        Case("""{"class_name":"Flatten","config":{"name":"a","data_format":"channels_first"}}""", new Transpose(2, 0, 1), new Flatten()),
        Case("""{"class_name":"Reshape","config":{"name":"r","target_shape":[20,12]}},{"class_name":"Flatten","config":{"name":"a","data_format":"channels_first"}}""",
            new Transpose(1, 2, 0), new Flatten(), new Unflatten(Shape.Image(1, 20, 12)), new Transpose(0, 2, 1), new Flatten()),
        Case("""{"class_name":"MaxPooling2D","config":{"name":"p","pool_size":1,"data_format":"channels_first"}},{"class_name":"Flatten","config":{"name":"a","data_format":"channels_first"}}""",
            new Pool2D(PoolKind.Max, 1, 1, default, CountPadding: false), new Transpose(1, 2, 0), new Flatten()),
        Case("""{"class_name":"MaxPooling2D","config":{"name":"p","pool_size":1,"data_format":"channels_first"}},{"class_name":"Flatten","config":{"name":"a","data_format":"channels_last"}}""",
            new Pool2D(PoolKind.Max, 1, 1, default, CountPadding: false), new Flatten()),
        Case("""{"class_name":"Reshape","config":{"name":"a","target_shape":[-1]}}""", new Transpose(1, 2, 0), new Flatten()),
        Case("""{"class_name":"Reshape","config":{"name":"a","target_shape":[3,-1,2]}}""",
            new Transpose(1, 2, 0), new Flatten(), new Unflatten(Shape.Image(3, 40, 2)), new Transpose(2, 0, 1)),
        Case("""{"class_name":"Permute","config":{"name":"a","dims":[3,1,2]}}""", new Transpose(2, 0, 1)),
    ];

    private static IEnumerable<TestCaseData> Refused =>
    [
        Refusal("""{"class_name":"LSTM","config":{"name":"a","units":3}}""", "layer 'a' (LSTM) is of a class that is not supported"),
        Refusal("""{"class_name":"Dense","config":{"name":"a","units":3}}""", "layer 'a' (Dense) reads 3 extents, but is supported behind a vector alone; put a Flatten before it"),
        Refusal("""{"class_name":"Conv2D","config":{"name":"a","kernel_size":3}}""", "layer 'a' (Conv2D) needs a whole number for 'filters'"),
        Refusal("""{"class_name":"Conv2D","config":{"name":"a","filters":"8","kernel_size":3}}""", "layer 'a' (Conv2D) needs a whole number for 'filters'"),
        Refusal("""{"class_name":"Conv2D","config":{"name":"a","filters":2147483647,"kernel_size":3,"groups":2147483647}}""", "layer 'a' (Conv2D) is impossible: 2147483647 groups must divide"),
        Refusal("""{"class_name":"Conv2D","config":{"name":"a","filters":2,"kernel_size":9}}""", "layer 'a' (Conv2D) is impossible: a kernel of 9 x 9 is larger than its input"),
        Refusal("""{"class_name":"Conv2D","config":{"name":"a","filters":2,"kernel_size":3,"activation":"mish"}}""", "layer 'a' (Conv2D) has the activation 'mish', which is not supported"),
        Refusal("""{"class_name":"Conv2D","config":{"name":"a","filters":2,"kernel_size":3,"padding":"causal"}}""", "layer 'a' (Conv2D) is padded by 'causal', but only 'valid' and 'same' are supported"),
        Refusal("""{"class_name":"Conv2D","config":{"name":"a","filters":2,"kernel_size":3,"data_format":"channels_first","activation":"softmax"}}""", "layer 'a' (Conv2D) works along the columns of its input, which is not supported"),
        Refusal("""{"class_name":"SeparableConv2D","config":{"name":"a","filters":2,"kernel_size":3,"data_format":"channels_first","activation":"log_softmax"}}""", "layer 'a' (SeparableConv2D) works along the columns of its input, which is not supported"),
        Refusal("""{"class_name":"DepthwiseConv2D","config":{"name":"a","depth_multiplier":2000000000,"kernel_size":3}}""", "layer 'a' is too large to count"),
        Refusal("""{"class_name":"PReLU","config":{"name":"a"}}""", "layer 'a' (PReLU) does not share its slopes over rows and columns"),
        Refusal("""{"class_name":"BatchNormalization","config":{"name":"a","axis":1}}""", "layer 'a' (BatchNormalization) works along axis 1, but only the channels' is supported, 3"),
        Refusal("""{"class_name":"UpSampling2D","config":{"name":"a","interpolation":"bilinear"}}""", "layer 'a' (UpSampling2D) interpolates by 'bilinear', but only 'nearest' is supported"),
        Refusal("""{"class_name":"ReLU","config":{"name":"a","threshold":1.0}}""", "layer 'a' (ReLU) has a threshold, which is not supported"),
        Refusal("""{"class_name":"Reshape","config":{"name":"a","target_shape":[7,-1]}}""", "layer 'a' (Reshape) makes 7 x -1 of 240 numbers, which is impossible"),
        Refusal("""{"class_name":"Add","config":{"name":"a"}}""", "layer 'a' (Add) reads 1 layers, where it should at least two"),
        Refusal("""{"class_name":"LSTM","config":{"name":"a"}},{"class_name":"GRU","config":{"name":"b"}},{"class_name":"Dense","config":{"name":"c"}}""",
            "layer 'a' (LSTM) is of a class that is not supported; layer 'b' (GRU) is of a class that is not supported."),
    ];

    [TestCaseSource(nameof(Layers))]
    public void A_layer_is_translated(string layer, Layer[] expected)
    {
        Network network = Build(Sequential(layer));
        Assert.That(network.Nodes.Skip(1).Select(node => node.Layer), Is.EqualTo(expected));
    }

    [TestCaseSource(nameof(Refused))]
    public void What_is_not_supported_is_named_with_its_layer(string layer, string expected) =>
        Assert.That(() => Build(Sequential(layer)), Throws.TypeOf<ModelFileException>().With.Message.StartsWith($"test: {expected}"));

    [Test]
    public void The_dialect_of_Keras_3_has_another_hard_sigmoid()
    {
        Network network = Build(Sequential("""{"class_name":"Activation","config":{"name":"a","activation":"hard_sigmoid"}}"""), isKeras3: true);
        Assert.That(network.Output.Layer, Is.EqualTo(new ActivationLayer(Activation.HardSigmoid(1f / 6, 0.5f))));
    }

    [TestCase("Add", "add")]
    [TestCase("Multiply", "multiply")]
    [TestCase("Maximum", "max")]
    [TestCase("Minimum", "min")]
    [TestCase("Average", "add, multiply")]
    [TestCase("Concatenate", "concat")]
    public void Layers_merge(string type, string expected)
    {
        string settings = """{"name":"m"}""";
        Network network = Build(Functional(
            Layer("ReLU", "r", "images"), Layer("ELU", "e", "images"), Layer(type, "m", ["r", "e"], settings)));
        Assert.That(string.Join(", ", network.Nodes.Skip(3).Select(node => node.Layer.Op)), Is.EqualTo(expected));
        Assert.That(network[network.Nodes[3].Name].Inputs.Select(input => input.Name), Is.EqualTo(new[] { "r", "e" }));
    }

    [Test]
    public void A_model_may_be_a_layer_of_another()
    {
        string inner = """{"class_name":"Sequential","name":"body","config":{"name":"body","layers":[{"class_name":"InputLayer","config":{"name":"in","batch_input_shape":[null,5,12,4]}},{"class_name":"ReLU","config":{"name":"r"}}]},"inbound_nodes":[[["r",0,0,{}]]]}""";
        Network network = Build(Functional(Layer("ReLU", "r", "images"), inner, Layer("Softmax", "m", "body")));
        Assert.That(network.Nodes.Select(node => node.Name), Is.EqualTo(new[] { "images", "r", "body/r", "m" }));
    }

    [Test]
    public void Several_inputs_are_one_vector()
    {
        string json = """
            {"class_name":"Functional","config":{"name":"two","layers":[
              {"class_name":"InputLayer","name":"a","config":{"name":"a","batch_shape":[null,2,3,4]},"inbound_nodes":[]},
              {"class_name":"InputLayer","name":"b","config":{"name":"b","batch_shape":[null,5]},"inbound_nodes":[]},
              {"class_name":"GlobalMaxPooling2D","name":"p","config":{"name":"p"},"inbound_nodes":[[["a",0,0,{}]]]},
              {"class_name":"Concatenate","name":"c","config":{"name":"c","axis":-1},"inbound_nodes":[[["p",0,0,{}],["b",0,0,{}]]]}],
             "input_layers":[["a",0,0],["b",0,0]],"output_layers":[["c",0,0],["p",0,0]]}}
            """;
        KerasConfiguration model = KerasConfiguration.Parse(Encoding.UTF8.GetBytes(json), "test");
        var (network, inputs, outputs, _) = KerasNetwork.Build(model, false, ModelFileOptions.None, "test");
        Assert.That(network.Input.Shape, Is.EqualTo(Shape.Vector(29)));
        Assert.That(inputs.Select(port => port.Name), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(inputs[0].Extents, Is.EqualTo(new[] { 2, 3, 4 }));
        Assert.That(outputs.Select(port => port.Name), Is.EqualTo(new[] { "c", "p" }));
        Assert.That(network["a"].Shape, Is.EqualTo(Shape.Image(4, 2, 3)));
        Assert.That(network["b"].Layer, Is.EqualTo(new Slice(24, 5)));
    }

    [Test]
    public void An_open_extent_is_asked_for()
    {
        string json = """{"class_name":"Sequential","config":{"name":"s","layers":[{"class_name":"ReLU","config":{"name":"r","batch_input_shape":[null,null,null,3]}}]}}""";
        KerasConfiguration model = KerasConfiguration.Parse(Encoding.UTF8.GetBytes(json), "test");
        Assert.That(
            () => KerasNetwork.Build(model, false, ModelFileOptions.None, "test"),
            Throws.TypeOf<ModelFileException>().With.Message.EqualTo("test: layer 'r' (ReLU) leaves extents of its input open; give them with --input-shape r_input=1xNxNx3."));
        var options = new ModelFileOptions { InputShapes = new Dictionary<string, System.Collections.Immutable.ImmutableArray<int>> { [""] = [1, 7, 8, 3] } };
        Assert.That(KerasNetwork.Build(model, false, options, "test").Network.Input.Shape, Is.EqualTo(Shape.Image(3, 7, 8)));
        options = new ModelFileOptions { InputShapes = new Dictionary<string, System.Collections.Immutable.ImmutableArray<int>> { [""] = [1, 7, 8, 4] } };
        Assert.That(
            () => KerasNetwork.Build(model, false, options, "test"),
            Throws.TypeOf<ModelFileException>().With.Message.EqualTo("test: layer 'r' (ReLU) has an input of [N, N, N, 3], which 1x7x8x4 does not fit."));
    }

    [TestCase("""{"class_name":"ReLU","name":"x","config":{"name":"x"},"inbound_nodes":[[["x",0,0,{}]]]}""", "layer 'x' reads what is not there, or itself in a circle")]
    [TestCase("""{"class_name":"ReLU","name":"x","config":{"name":"x"},"inbound_nodes":[[["nobody",0,0,{}]]]}""", "layer 'x' reads what is not there, or itself in a circle")]
    [TestCase("""{"class_name":"ReLU","name":"x","config":{"name":"x"},"inbound_nodes":[[["images",0,0,{}]],[["images",0,0,{}]]]}""", "layer 'x' is used more than once, which is not supported")]
    [TestCase("""{"class_name":"ReLU","name":"x","config":{"name":"x"},"inbound_nodes":[[["images",0,1,{}]]]}""", "layer 'x' reads what is not the one result of another layer")]
    public void A_graph_that_is_none_is_refused(string layer, string expected) =>
        Assert.That(() => Build(Functional(layer)), Throws.TypeOf<ModelFileException>().With.Message.StartsWith($"test: {expected}"));

    [TestCase("[", "its configuration is no JSON")]
    [TestCase("{}", "its configuration names no class of model")]
    [TestCase("""{"class_name":"MyModel","config":{}}""", "its configuration is of a 'MyModel' without a list of layers, but only sequential and functional models are read")]
    [TestCase("""{"class_name":"Sequential","config":{"layers":[{"class_name":"ReLU","config":{"name":"a"}},{"class_name":"ReLU","config":{"name":"a"}}]}}""", "its configuration has two layers named 'a'")]
    public void A_configuration_that_is_none_is_refused(string json, string expected) =>
        Assert.That(
            () => KerasConfiguration.Parse(Encoding.UTF8.GetBytes(json), "test"),
            Throws.TypeOf<WeightException>().With.Message.StartsWith($"Cannot read the weights of 'test': {expected}"));

    [Test]
    public void JSON_nested_ten_thousand_deep_is_refused() =>
        Assert.That(
            () => KerasConfiguration.Parse(Encoding.UTF8.GetBytes(new string('[', 10_000)), "test"),
            Throws.TypeOf<WeightException>().With.Message.EndsWith("its configuration is no JSON, or is nested more than 128 deep."));

    private static Network Build(string json, bool isKeras3 = false) =>
        KerasNetwork.Build(KerasConfiguration.Parse(Encoding.UTF8.GetBytes(json), "test"), isKeras3, ModelFileOptions.None, "test").Network;

    // 5 rows, 12 columns, 4 channels.
    private static string Sequential(string layers) =>
        $$$"""{"class_name":"Sequential","config":{"name":"s","layers":[{"class_name":"InputLayer","config":{"name":"images","batch_shape":[null,5,12,4]}},{{{layers}}}]}}""";

    private static string Functional(params string[] layers) =>
        $$$"""
        {"class_name":"Functional","config":{"name":"f","layers":[
          {"class_name":"InputLayer","name":"images","config":{"name":"images","batch_shape":[null,5,12,4]},"inbound_nodes":[]},{{{string.Join(",", layers)}}}],
         "input_layers":[["images",0,0]],"output_layers":[["{{{(layers.Length == 1 ? "x" : "m")}}}",0,0]]}}
        """;

    private static string Layer(string type, string name, string input) => Layer(type, name, [input], $$"""{"name":"{{name}}"}""");

    private static string Layer(string type, string name, string[] inputs, string settings) =>
        $$"""{"class_name":"{{type}}","name":"{{name}}","config":{{settings}},"inbound_nodes":[[{{string.Join(",", inputs.Select(input => $$"""["{{input}}",0,0,{}]"""))}}]]}""";

    private static TestCaseData Case(string layer, params Layer[] expected) => new TestCaseData(layer, expected).SetArgDisplayNames(layer);

    private static TestCaseData Refusal(string layer, string expected) => new TestCaseData(layer, expected).SetArgDisplayNames(expected);
}
