namespace Convoy.Onnx.Export;

/// <summary>Activations as ONNX has them: a row a kind.</summary>
internal static class ActivationWriter
{
    /// <summary>Writes a layer that is an activation.</summary>
    public static void Write(NodeWriter writer, Activation activation)
    {
        switch (activation.Kind)
        {
            case ActivationKind.None:
                writer.Write("Identity");
                break;
            case ActivationKind.Relu:
                writer.Write("Relu");
                break;
            case ActivationKind.Tanh:
                writer.Write("Tanh");
                break;
            case ActivationKind.Sigmoid:
                writer.Write("Sigmoid");
                break;
            case ActivationKind.LeakyRelu:
                writer.Write("LeakyRelu", OnnxAttribute.Float("alpha", activation.Alpha));
                break;
            case ActivationKind.Clip:
                writer.Write("Clip", [writer.Inputs[0], writer.Constant("least", [], activation.Alpha), writer.Constant("most", [], activation.Beta)]);
                break;
            case ActivationKind.HardSigmoid:
                writer.Write("HardSigmoid", OnnxAttribute.Float("alpha", activation.Alpha), OnnxAttribute.Float("beta", activation.Beta));
                break;
            case ActivationKind.HardSwish:
                writer.Write("HardSwish");
                break;
            case ActivationKind.Silu:
                writer.Write("Mul", [writer.Inputs[0], writer.Step("Sigmoid", "sigmoid", writer.Inputs)]);
                break;
            case ActivationKind.Elu:
                writer.Write("Elu", OnnxAttribute.Float("alpha", activation.Alpha));
                break;
            case ActivationKind.Gelu:
                writer.Write("Gelu");
                break;
            case ActivationKind.GeluTanh:
                writer.Write("Gelu", OnnxAttribute.Text("approximate", "tanh"));
                break;
            case ActivationKind.Softplus:
                writer.Write("Softplus");
                break;
            case ActivationKind.ParametricRelu:
                writer.Write("PRelu");
                break;
            case ActivationKind.Selu:
                writer.Write("Selu", OnnxAttribute.Float("alpha", activation.Alpha), OnnxAttribute.Float("gamma", activation.Beta));
                break;
            default:
                throw new NotSupportedException($"The activation {activation} has no operator in ONNX.");
        }
    }
}
