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
        session.Run(Arrange(model, inputs, count), (ReadOnlySpan<Memory<float>>)[.. outputs.Select(output => output.AsMemory())]);
        return outputs;
    }

    /// <summary>The extents that ONNX has for so many numbers of an output.</summary>
    public static int[] ExtentsOf(ModelPort port, int length) => port.HasBatch ? [(int)(length / port.Count), .. port.Extents] : [.. port.Extents];

    /// <summary>Image by image what the network's one input is.</summary>
    private static float[] Arrange(ModelFile model, float[][] inputs, int count)
    {
        var images = new List<float>();
        for (int image = 0; image < count; image++)
        {
            for (int i = 0; i < inputs.Length; i++)
            {
                ModelPort port = model.Inputs[i];
                int length = (int)port.Count;
                ReadOnlySpan<float> numbers = inputs[i].AsSpan(image * length, length);
                if (!port.IsChannelsLast)
                {
                    images.AddRange(numbers);
                    continue;
                }

                int channels = port.Extents[^1];
                for (int channel = 0; channel < channels; channel++)
                {
                    for (int pixel = 0; pixel < length / channels; pixel++)
                    {
                        images.Add(numbers[(pixel * channels) + channel]);
                    }
                }
            }
        }

        return [.. images];
    }
}
