using Convoy.ModelFiles;
using Convoy.Onnx;

namespace Convoy.Tests.Readme;

/// <summary>The C# of docs/model-files.md, compiled and run: what stands between the markers stands there too.</summary>
internal static class OwnModelExample
{
    public static float[] RunModel(string path)
    {
        // example begins
        using ModelFile model = OnnxModel.Load(path);
        using InferenceSession session = model.Network.Compile(Device.Default, model.Weights!);

        const int images = 2;
        float[][] inputs = [.. model.Inputs.Select(port => new float[images * port.Count])];
        float[][] outputs = [.. model.Network.Outputs.Select(output => new float[images * output.Shape.Count])];
        session.Run(model.Arrange(inputs), [.. outputs.Select(output => output.AsMemory())]);
        float[] first = model.ArrangeOutput(0, outputs[0]);

        // example ends
        return first;
    }

    public static float[] RunWeights(string folder)
    {
        // example begins
        using ModelFile net = ModelFormats.Load(Path.Combine(folder, "net.json"), [new NetworkFile(), new OnnxFormat(), new KerasFormat()]);
        using WeightSet weights = WeightSet.Open(Path.Combine(folder, "w.npz"));
        using InferenceSession session = net.Network.Compile(Device.Default, weights.FitTo(net.Network).Weights);
        float[] scores = new float[net.Network.Output.Shape.Count];
        session.Run(new float[net.Network.Input.Shape.Count], scores);

        // example ends
        return scores;
    }
}
