using Convoy.ModelFiles;
using Convoy.Onnx;
using Convoy.Onnx.Format;
using Convoy.Tests.Conformance;

namespace Convoy.Tests.Onnx;

/// <summary>Models that other people trained answer as they answered their authors, on every device.</summary>
public sealed class SharedModelTests
{
    private const string Models = "models";

    private static readonly (string Model, string Input, string Expected)[] Answered =
    [
        ("lenet-dongkyunk/lenet.onnx", "lenet-dongkyunk/lenet.input.npy", "lenet-dongkyunk/lenet.expected.npy"),
        ("lenet-torch-openvino/lenet.onnx", "lenet-torch-openvino/lenet.input.npy", "lenet-torch-openvino/lenet.expected.npy"),
        ("lenet-torch-openvino/lenet.onnx", "lenet-torch-openvino/input.npy", "lenet-torch-openvino/expected.npy"),
        ("mnist8-cntk-layerwise/mnist/model.onnx", "mnist8-cntk-layerwise/mnist/model.input.npy", "mnist8-cntk-layerwise/mnist/model.expected.npy"),
    ];

    private static readonly string[] Light = ["light_bvlc_alexnet", "light_squeezenet", "light_resnet50"];

    private static IEnumerable<TestCaseData> AnsweredOnDevices =>
        TestDevices.OnEach(Answered.Select(answered => new object[] { answered.Model, answered.Input, answered.Expected }));

    private static IEnumerable<TestCaseData> SetsOnDevices => TestDevices.OnEach(Enumerable.Range(0, 3).Select(set => new object[] { set }));

    private static IEnumerable<TestCaseData> LightOnDevices =>
        from data in TestDevices.OnEach(Light.Select(model => new object[] { model }))
        select data.Arguments is [not "light_squeezenet", "reference"] ? data.Ignore("Skipped: it takes the device 'reference' minutes.") : data;

    [TestCaseSource(nameof(AnsweredOnDevices))]
    public void A_trained_model_answers_as_it_should(string model, string input, string expected, string device)
    {
        string folder = SharedData.Require(Models);
        using ModelFile file = OnnxModel.Load(Path.Combine(folder, model));
        float[] answers = ModelRun.Run(file, [Npy.Read(Path.Combine(folder, input))], Device.Find(device))[0];
        AssertWithin(answers, Npy.Read(Path.Combine(folder, expected)), 1e-4);
    }

    [TestCaseSource(nameof(SetsOnDevices))]
    public void The_model_zoos_mnist_answers_its_data_sets(int set, string device)
    {
        string folder = Path.Combine(SharedData.Require(Models), "mnist8-cntk-layerwise", "mnist");
        using ModelFile file = OnnxModel.Load(Path.Combine(folder, "model.onnx"));
        float[] answers = ModelRun.Run(file, [ReadTensor(folder, set, "input")], Device.Find(device))[0];

        AssertWithin(answers, ReadTensor(folder, set, "output"), 1e-4);
    }

    [TestCaseSource(nameof(LightOnDevices))]
    public void A_network_without_weights_of_its_own_answers_the_same_for_every_class(string model, string device)
    {
        string folder = Path.Combine(SharedData.Require(Models), "onnx-light");
        using ModelFile file = OnnxModel.Load(Path.Combine(folder, $"{model}.onnx"));
        float[] image = TestData.Reals((int)file.Inputs[0].Count, 1);
        float[] answers = ModelRun.Run(file, [image], Device.Find(device))[0];
        AssertWithin(answers, [.. Enumerable.Repeat(0.001f, 1000)], 1e-6);
        AssertWithin(answers, OnnxRuntimeOracle.Run(Path.Combine(folder, $"{model}.onnx"), (image, [1, 3, 224, 224]))[0], 1e-6);
    }

    private static float[] ReadTensor(string folder, int set, string kind) =>
        OnnxTensor.Decode(TensorProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(folder, $"test_data_set_{set}", $"{kind}_0.pb"))))!.Values;

    // Scores that are no probabilities reach into the thousands, where they are as far from one another as their largest makes them.
    private static void AssertWithin(float[] actual, float[] expected, double tolerance)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        double largest = Math.Max(1, expected.Max(Math.Abs));
        for (int i = 0; i < actual.Length; i++)
        {
            if (!(Math.Abs((double)actual[i] - expected[i]) <= tolerance * largest))
            {
                Assert.Fail($"Number {i} is {actual[i]:R}, expected {expected[i]:R}.");
            }
        }
    }
}
