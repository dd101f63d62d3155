using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Convoy.Layers;

namespace Convoy.ModelFiles;

/// <summary>What the serializer knows of the types involved.</summary>
[JsonSourceGenerationOptions(
    AllowOutOfOrderMetadataProperties = true,
    Converters = [typeof(ExtentConverter), typeof(PaddingConverter), typeof(ShapeConverter)],
    IgnoreReadOnlyProperties = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(NetworkGraph))]
[JsonSerializable(typeof(Input))]
[JsonSerializable(typeof(Convolution2D))]
[JsonSerializable(typeof(FullyConnected))]
[JsonSerializable(typeof(Pool2D))]
[JsonSerializable(typeof(AdaptivePool2D))]
[JsonSerializable(typeof(ActivationLayer))]
[JsonSerializable(typeof(BatchNormalization))]
[JsonSerializable(typeof(LocalResponseNormalization))]
[JsonSerializable(typeof(Binary))]
[JsonSerializable(typeof(BinaryConstant))]
[JsonSerializable(typeof(Concat))]
[JsonSerializable(typeof(Flatten))]
[JsonSerializable(typeof(Pad2D))]
[JsonSerializable(typeof(DepthToSpace))]
[JsonSerializable(typeof(SpaceToDepth))]
[JsonSerializable(typeof(Transpose))]
[JsonSerializable(typeof(Unflatten))]
[JsonSerializable(typeof(Slice))]
[JsonSerializable(typeof(Upsample))]
[JsonSerializable(typeof(InstanceNormalization))]
[JsonSerializable(typeof(Dropout))]
[JsonSerializable(typeof(Softmax))]
[JsonSerializable(typeof(LogSoftmax))]
internal sealed partial class NetworkJsonContext : JsonSerializerContext;

/// <summary>
/// A network's JSON. A layer is an object whose "type" says which it is, and whose other members are the record's parameters.
/// </summary>
internal static class NetworkJson
{
    /// <summary>The word that stands for each layer; a test holds the list to the layers that there are.</summary>
    public static ImmutableArray<(Type Layer, string Word)> Layers { get; } =
    [
        (typeof(Input), "input"),
        (typeof(Convolution2D), "conv"),
        (typeof(FullyConnected), "fc"),
        (typeof(Pool2D), "pool"),
        (typeof(AdaptivePool2D), "adaptive_pool"),
        (typeof(ActivationLayer), "activation"),
        (typeof(BatchNormalization), "batch_norm"),
        (typeof(LocalResponseNormalization), "local_response_norm"),
        (typeof(Binary), "binary"),
        (typeof(BinaryConstant), "binary_constant"),
        (typeof(Concat), "concat"),
        (typeof(Flatten), "flatten"),
        (typeof(Pad2D), "pad"),
        (typeof(DepthToSpace), "depth_to_space"),
        (typeof(SpaceToDepth), "space_to_depth"),
        (typeof(Transpose), "transpose"),
        (typeof(Unflatten), "unflatten"),
        (typeof(Slice), "slice"),
        (typeof(Upsample), "upsample"),
        (typeof(InstanceNormalization), "instance_norm"),
        (typeof(Dropout), "dropout"),
        (typeof(Softmax), "softmax"),
        (typeof(LogSoftmax), "log_softmax"),
    ];

    /// <summary>The word that stands for a layer.</summary>
    public static string WordOf(Type layer) => Layers.First(each => each.Layer == layer).Word;

    /// <summary>The member that says which layer an object is.</summary>
    public const string TypeField = "type";

    /// <summary>How the types are read and written.</summary>
    public static JsonSerializerOptions Options { get; } =
        new(NetworkJsonContext.Default.Options) { TypeInfoResolver = NetworkJsonContext.Default.WithAddedModifier(AddLayers).WithAddedModifier(AddDefaults) };

    /// <summary>The network itself.</summary>
    public static JsonTypeInfo<NetworkGraph> Graph { get; } = (JsonTypeInfo<NetworkGraph>)Options.GetTypeInfo(typeof(NetworkGraph));

    private static void AddLayers(JsonTypeInfo type)
    {
        if (type.Type != typeof(Layer))
        {
            return;
        }

        type.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = TypeField };
        foreach ((Type layer, string word) in Layers)
        {
            type.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(layer, word));
        }
    }

    private static void AddDefaults(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo field in type.Properties)
        {
            // A function is a struct, of which the serializer requires nothing by itself.
            field.IsRequired |= type.Type == typeof(Activation) && field.Name == "kind";
            field.IsRequired &= NetworkDefaults.Find(type.Type, field.Name) is null;
        }
    }
}
