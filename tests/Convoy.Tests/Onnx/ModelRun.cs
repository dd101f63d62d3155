using Convoy.ModelFiles;

namespace Convoy.Tests.Onnx;

/// <summary>Runs an imported model on tensors in the model's own order.</summary>
internal static class ModelRun
{
    /// <summary>The answers of all outputs to the model's inputs, in their order.</summary>
    public static float[][] Run(ModelFile model, float[][] inputs, Device device)
    {
        int count = (int)(inputs[0].Length / model.Inputs[0].Count);
        using InferenceSession session = model.Network.Compile(device, model.Weights!, new SessionOptions { BatchSize = count });
        float[][] outputs = [.. model.Network.Outputs.Select(output => new float[count * output.Shape.Count])];
        Array.ForEach(outputs, output => Array.Fill(output, float.NaN));
        session.Run(model.Arrange(inputs), (ReadOnlySpan<Memory<float>>)[.. outputs.Select(output => output.AsMemory())]);
        return outputs;
    }

    /// <summary>The extents that ONNX has for so many numbers of an output.</summary>
    public static int[] ExtentsOf(ModelPort port, int length) => port.HasBatch ? [(int)(length / port.Count), .. port.Extents] : [.. port.Extents];
}
