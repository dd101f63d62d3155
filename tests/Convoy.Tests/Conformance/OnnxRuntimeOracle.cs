using Convoy.Bench.Onnx;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using InferenceSession = Microsoft.ML.OnnxRuntime.InferenceSession;
using SessionOptions = Microsoft.ML.OnnxRuntime.SessionOptions;

namespace Convoy.Tests.Conformance;

/// <summary>Runs networks with ONNX Runtime.</summary>
internal static class OnnxRuntimeOracle
{
    /// <summary>The answers to images, one after the other.</summary>
    public static float[] Run(Network network, WeightSet weights, float[] images)
    {
        int count = images.Length / (int)network.Input.Shape.Count;
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        using var session = new InferenceSession(NetworkToOnnx.Convert(network, weights).ToByteArray(), options);
        using var input = OrtValue.CreateTensorValueFromMemory(
            images, [count, .. network.Input.Shape.Extents.Select(extent => (long)extent)]);
        using var runOptions = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(
            runOptions, session.InputNames, [input], session.OutputNames);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
