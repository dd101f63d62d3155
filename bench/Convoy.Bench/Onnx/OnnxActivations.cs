using Convoy.Layers;

namespace Convoy.Bench.Onnx;

/// <summary>Makes an operator of a type, with its attributes.</summary>
internal delegate NodeProto OnnxOperatorFactory(string type, params ReadOnlySpan<AttributeProto> attributes);

/// <summary>Activations as ONNX has them: a row a kind.</summary>
internal static class OnnxActivations
{
    /// <summary>The operator of an activation.</summary>
    /// <exception cref="NotSupportedException">ONNX has no single word for it.</exception>
    public static NodeProto Convert(Activation activation, OnnxOperatorFactory create) => activation.Kind switch
    {
        ActivationKind.None => create("Identity"),
        ActivationKind.Relu => create("Relu"),
        ActivationKind.Tanh => create("Tanh"),
        ActivationKind.Sigmoid => create("Sigmoid"),
        ActivationKind.LeakyRelu => create("LeakyRelu", OnnxAttribute.Float("alpha", activation.Alpha)),
        ActivationKind.HardSigmoid => create(
            "HardSigmoid", OnnxAttribute.Float("alpha", activation.Alpha), OnnxAttribute.Float("beta", activation.Beta)),
        ActivationKind.HardSwish => create("HardSwish"),
        ActivationKind.Elu => create("Elu", OnnxAttribute.Float("alpha", activation.Alpha)),
        ActivationKind.Gelu => create("Gelu"),
        ActivationKind.GeluTanh => create("Gelu", OnnxAttribute.Text("approximate", "tanh")),
        ActivationKind.Softplus => create("Softplus"),
        ActivationKind.ParametricRelu => create("PRelu"),
        ActivationKind.Selu => create("Selu", OnnxAttribute.Float("alpha", activation.Alpha), OnnxAttribute.Float("gamma", activation.Beta)),
        _ => throw new NotSupportedException($"The activation {activation} has no single operator in ONNX."),
    };
}
