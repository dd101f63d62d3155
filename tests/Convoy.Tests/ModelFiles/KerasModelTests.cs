using Convoy.ModelFiles;
using Convoy.Tests.Weights.Keras;

namespace Convoy.Tests.ModelFiles;

/// <summary>Whole models that h5py and zip wrote as Keras does become networks that answer as Keras' definition of the layers says.</summary>
public sealed class KerasModelTests
{
    private static readonly IReadOnlyList<IModelFormat> Formats = [new NetworkFile(), new KerasFormat()];

    private static string[] Models => ["keras2-model.h5", "keras2-functional.h5", "keras3-sequential.keras", "keras3-functional.keras"];

    private static string[] WeightFiles => ["keras2-packed.h5", "keras3-legacy-f64.h5", "newest.h5", "keras3.weights.h5", "keras2.13.weights.h5"];

    private static IEnumerable<TestCaseData> ModelsOnDevices => TestDevices.OnEach(Models.Select(file => new object[] { file }));

    private static IEnumerable<TestCaseData> WeightsOnDevices => TestDevices.OnEach(WeightFiles.Select(file => new object[] { file }));

    [TestCaseSource(nameof(ModelsOnDevices))]
    public void A_model_answers_as_its_layers_are_defined(string file, string device)
    {
        using ModelFile model = ModelFormats.Load(KerasFixture.Path(file), Formats);
        CheckScores(model.Network, model.Weights!, Device.Find(device), file, hasGamma: false, epsilon: 0.01);
    }

    [Test]
    public void Ports_have_the_models_own_order([ValueSource(nameof(Models))] string file)
    {
        using ModelFile model = ModelFormats.Load(KerasFixture.Path(file), Formats);
        Assert.That(model.Network.Input.Shape, Is.EqualTo(Shape.Image(3, 6, 5)));
        Assert.That(model.Network.Outputs.Select(output => output.Name), Is.EqualTo(new[] { "dense.softmax" }));
        Assert.That(model.Inputs, Has.Length.EqualTo(1));
        Assert.That(model.Inputs[0].Extents, Is.EqualTo(new[] { 6, 5, 3 }));
        Assert.That(model.Inputs[0].IsChannelsLast, Is.True);
        Assert.That(model.Inputs[0].Name, Is.EqualTo(file == "keras2-model.h5" ? "conv2d_input" : "images"));
        Assert.That(model.Fit!.Naming, Is.EqualTo(WeightNaming.Same));
        Assert.That(model.Fit.PassedOver, Is.Empty);
        Assert.That(model.Outputs[0].Name, Is.EqualTo("dense"));
        Assert.That(model.Outputs[0].Extents, Is.EqualTo(new[] { 5 }));
        Assert.That(model.Outputs[0].IsChannelsLast, Is.False);
    }

    [TestCaseSource(nameof(WeightsOnDevices))]
    public void Weights_alone_are_turned_for_the_network_that_they_are_fitted_to(string file, string device)
    {
        Network network = CreateNetwork();
        using WeightSet weights = WeightSet.Open(KerasFixture.Path(file));
        WeightSet fitted = weights.FitTo(network).Weights;
        CheckScores(network, fitted, Device.Find(device), file, hasGamma: file.EndsWith(".weights.h5", StringComparison.Ordinal), epsilon: 0.01);
    }

    [Test]
    public void Weights_that_were_not_turned_are_not_computed_with()
    {
        Network network = CreateNetwork();
        using WeightSet weights = WeightSet.Open(KerasFixture.Path("keras3.weights.h5"));
        Assert.That(
            () => network.Compile(Device.Reference, weights),
            Throws.TypeOf<WeightException>().With.Message.Contains("'dense.weight'").And.Message.EndsWith(
                "counts the feature map [8, 3, 2] by rows, columns and channels, and the network by channels first; use what FitTo makes of the weights."));
    }

    [Test]
    public void A_file_of_weights_alone_is_no_model() =>
        Assert.That(
            () => ModelFormats.Load(KerasFixture.Path("keras3.weights.h5"), Formats),
            Throws.TypeOf<ModelFileException>().With.Message.EndsWith(
                "has the weights of a Keras model, but not its configuration; give them with --weights to a network, or save the whole model as .keras."));

    private static Network CreateNetwork() =>
        new NetworkBuilder("by hand", Shape.Image(3, 6, 5))
            .Convolution("conv2d", 4, 3, padding: Padding.Same)
            .BatchNormalization("batch_normalization", 0.01f)
            .Relu("relu")
            .Convolution("depthwise_conv2d", 8, 3, padding: Padding.Same, groups: 4, activation: Activation.Tanh)
            .MaxPool("pool", 2, 2)
            .Dropout("dropout", 0.5f)
            .FullyConnected("dense", 5)
            .Softmax("softmax")
            .Build();

    private static void CheckScores(Network network, WeightSet weights, Device device, string what, bool hasGamma, double epsilon)
    {
        const int Images = 2;
        var random = new Random(1);
        float[] images = [.. Enumerable.Range(0, Images * 90).Select(_ => (float)((random.NextDouble() * 2) - 1))];
        float[] expected =
        [
            .. Enumerable.Range(0, Images).SelectMany(image =>
            {
                // The network's images have their channels first.
                double[,,] x = ChannelsLast.Image(6, 5, 3, i => images[(90 * image) + (i % 3 * 30) + (i / 3)]);
                x = ChannelsLast.Conv(x, KerasFixture.Array("conv2d.weight"), KerasFixture.Array("conv2d.bias"), 3);
                x = ChannelsLast.Normalize(
                    x,
                    hasGamma ? KerasFixture.Array("batch_normalization.weight") : null,
                    KerasFixture.Array("batch_normalization.bias"),
                    KerasFixture.Array("batch_normalization.running_mean"),
                    KerasFixture.Array("batch_normalization.running_var"),
                    epsilon);
                x = ChannelsLast.Map(x, (value, _) => Math.Max(value, 0));
                x = ChannelsLast.Depthwise(x, KerasFixture.Array("depthwise_conv2d.weight"), KerasFixture.Array("depthwise_conv2d.bias"), 3);
                x = ChannelsLast.MaxPool(ChannelsLast.Map(x, (value, _) => Math.Tanh(value)));
                double[] y = ChannelsLast.Dense(ChannelsLast.Flatten(x), KerasFixture.Array("dense.weight"), KerasFixture.Array("dense.bias"));
                return ChannelsLast.Softmax(y).Select(value => (float)value);
            }),
        ];
        using InferenceSession session = network.Compile(device, weights);
        float[] scores = new float[expected.Length];
        session.Run(images, scores);
        Agreement.AssertClose(scores, expected, $"{what} on {device.Name}");
    }
}
