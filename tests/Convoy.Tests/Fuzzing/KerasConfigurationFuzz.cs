using System.Text;
using Convoy.ModelFiles;
using Convoy.ModelFiles.Keras;
using Convoy.Weights.Formats.Keras;

namespace Convoy.Tests.Fuzzing;

/// <summary>Keras' configurations: a network, or a sentence.</summary>
public sealed class KerasConfigurationFuzz : ReaderFuzz
{
    private static readonly TextMutation Json = new(
    [
        .. TextMutation.Json, "\"name\"", "\"config\"", "\"layers\"", "\"inbound_nodes\"", "\"a\"", "\"b\"", "\"Conv2D\"", "\"Dense\"", "\"Flatten\"", "\"Reshape\"", "\"Permute\"",
        "\"Concatenate\"", "\"Average\"", "\"SeparableConv2D\"", "\"DepthwiseConv2D\"", "\"BatchNormalization\"", "\"ZeroPadding2D\"", "\"UpSampling2D\"", "\"Rescaling\"", "\"Sequential\"",
        "\"Functional\"", "\"channels_first\"", "\"data_format\"", "\"batch_shape\"", "\"padding\"", "\"filters\"", "[1,2]", "[[1,2],[3,4]]", "{\"class_name\":",
    ]);

    private protected override int ShortCases => 2000;

    private protected override IReadOnlyList<byte[]> Seeds { get; } =
    [
        """{"class_name":"Sequential","config":{"name":"s","layers":[{"class_name":"Conv2D","config":{"name":"a","batch_input_shape":[null,6,5,3],"filters":4,"kernel_size":[3,3],"strides":[1,1],"padding":"same","dilation_rate":[1,1],"groups":1,"activation":"relu"}},{"class_name":"Flatten","config":{"name":"f"}},{"class_name":"Dropout","config":{"name":"d","rate":0.5}},{"class_name":"Dense","config":{"name":"b","units":5,"activation":"softmax"}}]}}"""u8.ToArray(),
        """{"class_name":"Functional","config":{"name":"f","layers":[{"class_name":"InputLayer","name":"i","config":{"name":"i","batch_shape":[null,4,4,2]},"inbound_nodes":[]},{"class_name":"ReLU","name":"a","config":{"name":"a","max_value":6},"inbound_nodes":[{"args":[{"class_name":"__keras_tensor__","config":{"keras_history":["i",0,0]}}],"kwargs":{}}]},{"class_name":"Add","name":"b","config":{"name":"b"},"inbound_nodes":[[["i",0,0,{}],["a",0,0,{}]]]},{"class_name":"Reshape","name":"r","config":{"name":"r","target_shape":[2,2,-1]},"inbound_nodes":[[["b",0,0,{}]]]},{"class_name":"Sequential","name":"m","config":{"name":"m","layers":[{"class_name":"GlobalAveragePooling2D","config":{"name":"g"}}]},"inbound_nodes":[[["r",0,0,{}]]]}],"input_layers":[["i",0,0]],"output_layers":[["m",0,0]]}}"""u8.ToArray(),
    ];

    // A message of many layers says what is wrong with each, and a network knows its nodes by their names more than once.
    private protected override long AllocatedPerByte => 1000;

    private protected override byte[] Make(Random random) =>
        Encoding.UTF8.GetBytes(Json.Of(random, Encoding.UTF8.GetString(Mutation.Any(random, Seeds))));

    private protected override void Check(byte[] fuzzCase) => Sentence.ReadOrRefuse<Convoy.ConvoyException>(() =>
        KerasNetwork.Build(KerasConfiguration.Parse(fuzzCase, "model"), isKeras3: false, ModelFileOptions.None, "model"));
}
