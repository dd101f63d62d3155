using Convoy.Onnx;
using Microsoft.ML.OnnxRuntime;
using InferenceSession = Microsoft.ML.OnnxRuntime.InferenceSession;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Convoy.Tests.Conformance;

/// <summary>Runs networks and models with ONNX Runtime.</summary>
internal static class OnnxRuntimeOracle
{
    /// <summary>A network's answers to images, one after the other, from its first output.</summary>
    public static float[] Run(Network network, WeightSet weights, float[] images) => RunAll(network, weights, images)[0];

    /// <summary>The same from each of its outputs.</summary>
    public static float[][] RunAll(Network network, WeightSet weights, float[] images)
    {
        var model = new MemoryStream();
        OnnxModel.Save(network, weights, model);
        int count = images.Length / (int)network.Input.Shape.Count;
        return Run(model.ToArray(), (images, [count, .. network.Input.Shape.Extents.Select(extent => (long)extent)]));
    }

    /// <summary>A model's answers to its inputs.</summary>
    public static float[][] Run(byte[] model, params (float[] Values, long[] Extents)[] inputs)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(model, options);
        return Run(session, inputs);
    }

    /// <summary>The same of a model in a file, which others may lie beside.</summary>
    public static float[][] Run(string path, params (float[] Values, long[] Extents)[] inputs)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(path, options);
        return Run(session, inputs);
    }

    private static float[][] Run(InferenceSession session, (float[] Values, long[] Extents)[] inputs)
    {
        OrtValue[] values = [.. inputs.Select(input => OrtValue.CreateTensorValueFromMemory(input.Values, input.Extents))];
        try
        {
            using var runOptions = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(runOptions, [.. session.InputNames.Take(values.Length)], values, session.OutputNames);
            return [.. outputs.Select(output => output.GetTensorDataAsSpan<float>().ToArray())];
        }
        finally
        {
            Array.ForEach(values, value => value.Dispose());
        }
    }
}
