using Convoy.Imaging;
using Convoy.Models;
using Convoy.Tests.Cases;

namespace Convoy.Tests.Conformance;

/// <summary>ONNX Runtime as a second opinion on whole networks: it shares neither code nor author with us.</summary>
public sealed class OnnxRuntimeTests
{
    private const int Seed = 20;

    private static IEnumerable<TestCaseData> Devices => TestDevices.OnEach([[]]);

    // The reference device takes seconds for an image of these networks.
    private static IEnumerable<TestCaseData> FastDevices => TestDevices.OnEach(Device.All.Where(device => device != Device.Reference), [[]]);

    [TestCaseSource(nameof(FastDevices))]
    public void AlexNet_agrees_on_random_images(string device)
    {
        Network network = AlexNet.Create();
        CompareRandom(network, MakeImages(network, 2), device);
    }

    [Test]
    public void AlexNet_on_native_agrees_on_every_photo()
    {
        Network network = AlexNet.Create();
        CompareRandom(network, ReadPhotos(network), Device.Native.Name);
    }

    [TestCaseSource(nameof(FastDevices))]
    public void The_two_tower_AlexNet_of_2012_agrees(string device)
    {
        // Alpha is divided by the size here, and was not there: 5 x 1e-4. Pixels are large, as theirs were, or the
        // normalisations would do nothing; and the softmax is left out, which would round most of the scores away.
        Network network = new NetworkBuilder("alexnet-2012", Shape.Image(3, 227, 227))
            .Convolution("conv1", 96, kernel: 11, stride: 4, activation: Activation.Relu)
            .LocalResponseNormalization("norm1", 5, alpha: 5e-4f, beta: 0.75f, k: 2)
            .MaxPool("pool1", 3, stride: 2)
            .Convolution("conv2", 256, kernel: 5, padding: 2, groups: 2, activation: Activation.Relu)
            .LocalResponseNormalization("norm2", 5, alpha: 5e-4f, beta: 0.75f, k: 2)
            .MaxPool("pool2", 3, stride: 2)
            .Convolution("conv3", 384, kernel: 3, padding: 1, activation: Activation.Relu)
            .Convolution("conv4", 384, kernel: 3, padding: 1, groups: 2, activation: Activation.Relu)
            .Convolution("conv5", 256, kernel: 3, padding: 1, groups: 2, activation: Activation.Relu)
            .MaxPool("pool5", 3, stride: 2)
            .FullyConnected("fc6", 64, activation: Activation.Relu)
            .FullyConnected("fc7", 64, activation: Activation.Relu)
            .FullyConnected("fc8", 10)
            .Build();
        CompareRandom(network, MakeImages(network, 2, largest: 128), device);
    }

    [TestCaseSource(nameof(FastDevices))]
    public void AlexNet_in_torchvisions_form_agrees(string device)
    {
        Network network = new NetworkBuilder("alexnet-torchvision", Shape.Image(3, 224, 224))
            .Convolution("features.0", 64, kernel: 11, stride: 4, padding: 2, activation: Activation.Relu)
            .MaxPool("features.2", 3, stride: 2)
            .Convolution("features.3", 192, kernel: 5, padding: 2, activation: Activation.Relu)
            .MaxPool("features.5", 3, stride: 2)
            .Convolution("features.6", 384, kernel: 3, padding: 1, activation: Activation.Relu)
            .Convolution("features.8", 256, kernel: 3, padding: 1, activation: Activation.Relu)
            .Convolution("features.10", 256, kernel: 3, padding: 1, activation: Activation.Relu)
            .MaxPool("features.12", 3, stride: 2)
            .AdaptiveAveragePool("avgpool", 6)
            .Flatten("flatten")
            .Dropout("classifier.0", 0.5f)
            .FullyConnected("classifier.1", 64, activation: Activation.Relu)
            .Dropout("classifier.3", 0.5f)
            .FullyConnected("classifier.4", 64, activation: Activation.Relu)
            .FullyConnected("classifier.6", 10)
            .Softmax("prob")
            .Build();
        CompareRandom(network, MakeImages(network, 2), device);
    }

    [TestCaseSource(nameof(Devices))]
    public void LeNet_5_agrees_on_digits(string device)
    {
        Network network = LeNet5.Create();
        using WeightSet weights = PretrainedWeights.LeNet5();
        Compare(network, weights, ReadDigits(network, 100), device);
    }

    [TestCaseSource(nameof(Devices))]
    public void A_branching_network_of_every_layer_agrees(string device)
    {
        Network network = new NetworkBuilder("branches", Shape.Image(3, 30, 33))
            .Convolution("stem", 12, kernel: 3, stride: 2, padding: Padding.Same, bias: false)
            .BatchNormalization("stem.bn", epsilon: 0.02f)
            .Relu("trunk")
            .Convolution("dilated", 10, kernel: new Extent2D(3, 2), padding: new Padding(1, 2, 3, 0), dilation: 2, activation: Activation.Tanh)
            .From("trunk")
            .Convolution("depthwise", 12, kernel: 3, padding: 1, groups: 12)
            .Convolution("pointwise", 12, kernel: 1, bias: false)
            .Add("residual", "trunk", "pointwise")
            .Relu("residual.relu")
            .Convolution("narrow", 7, kernel: new Extent2D(1, 3), padding: Padding.SameLower)
            .From("trunk")
            .AveragePool("smooth", 3, stride: 1, padding: 1, countPadding: false)
            .BatchNormalization("smooth.bn", epsilon: 0.1f)
            .Concat("concat", "dilated.tanh", "narrow", "smooth.bn")
            .LocalResponseNormalization("norm", 3, alpha: 0.1f, beta: 0.6f, k: 1.5f)
            .MaxPool("pool", 3, stride: 2, padding: new Padding(1, 0, 1, 1), ceilMode: true)
            .AveragePool("counted", new Extent2D(2, 3), stride: new Extent2D(1, 2), padding: 1)
            .AdaptiveAveragePool("quarters", new Extent2D(3, 1))
            .Flatten("flatten")
            .FullyConnected("fc1", 20, bias: false)
            .BatchNormalization("fc1.bn")
            .Tanh("fc1.tanh")
            .FullyConnected("fc2", 10)
            .Softmax("prob")
            .Build();
        CompareRandom(network, MakeImages(network, 5), device);
    }

    private static IEnumerable<TestCaseData> Activations => TestDevices.OnEach(ActivationCases.Functions.Select(function => new object[] { function }))
        .Select(data => data.SetArgDisplayNames($"{data.Arguments[0]}", $"{data.Arguments[1]}"));

    [TestCaseSource(nameof(Activations))]
    public void An_activation_agrees_alone_and_behind_a_convolution(Activation function, string device)
    {
        Network network = new NetworkBuilder("activation", Shape.Image(3, 8, 9))
            .Activate("alone", function)
            .Convolution("conv", 7, kernel: 3, activation: function)
            .FullyConnected("fc", 10, activation: function)
            .FullyConnected("scores", 10)
            .Build();
        CompareRandom(network, MakeImages(network, 3, largest: 8), device);
    }

    [TestCaseSource(nameof(Devices))]
    public void A_network_of_binary_layers_paddings_and_the_like_agrees(string device)
    {
        Network network = new NetworkBuilder("joins", Shape.Image(3, 12, 10))
            .BinaryConstant("centred", BinaryOperation.Subtract, [0.1f, -0.2f, 0.3f])
            .BinaryConstant("scaled", BinaryOperation.Divide, [0.5f])
            .Convolution("a", 8, kernel: 3, padding: 1, activation: Activation.Sigmoid)
            .From("scaled")
            .Pad("padded", new Padding(1, 0, 1, 2), 0.5f)
            .Convolution("b", 8, kernel: 3, activation: Activation.ParametricRelu)
            .Multiply("gated", "a.sigmoid", "b.prelu")
            .Subtract("less", "gated", "b.prelu")
            .Maximum("larger", "less", "a.sigmoid")
            .Minimum("smaller", "larger", "b.prelu")
            .BinaryConstant("positive", BinaryOperation.Maximum, [0.5f])
            .BinaryConstant("reciprocal", BinaryOperation.Divide, [4f], constantFirst: true)
            .BinaryConstant("bounded", BinaryOperation.Minimum, [1, 2, 3, 4, 5, 6, 7, 8])
            .BinaryConstant("turned", BinaryOperation.Subtract, [1, 2, 3, 4, 5, 6, 7, 8], constantFirst: true)
            .BinaryConstant("weighed", BinaryOperation.Multiply, [0.25f])
            .BinaryConstant("raised", BinaryOperation.Add, [2f])
            .AdaptiveMaxPool("quarters", 2)
            .From("a.sigmoid")
            .GlobalMaxPool("strongest")
            .Flatten("strongest.flat")
            .From("quarters")
            .FullyConnected("fc", 8)
            .Divide("ratio", "fc", "strongest.flat")
            .LogSoftmax("prob")
            .Build();
        CompareRandom(network, MakeImages(network, 5), device);
    }

    private static void CompareRandom(Network network, float[] images, string device)
    {
        using WeightSet weights = WeightSet.Random(network, Seed);
        Compare(network, weights, images, device);
    }

    private static void Compare(Network network, WeightSet weights, float[] images, string device)
    {
        float[] expected = OnnxRuntimeOracle.Run(network, weights, images);
        var actual = new float[expected.Length];
        actual.AsSpan().Fill(float.NaN);
        using InferenceSession session = network.Compile(
            Device.Find(device), weights, new SessionOptions { BatchSize = images.Length / (int)network.Input.Shape.Count });
        session.Run(images, actual);

        Agreement.AssertClose(actual, expected, network.Name, relativeError: 1e-4);
        Assert.That(FindTops(network, actual), Is.EqualTo(FindTops(network, expected)), "The best class of each image is the same.");
    }

    private static int[] FindTops(Network network, float[] scores) =>
        [.. scores.Chunk(network.Output.Shape.Channels).Select(image => image.IndexOf(image.Max()))];

    private static float[] MakeImages(Network network, int count, float largest = 2)
    {
        var random = new Random(Seed);
        var images = new float[count * network.Input.Shape.Count];
        foreach (ref float value in images.AsSpan())
        {
            value = largest * ((2 * random.NextSingle()) - 1);
        }

        return images;
    }

    private static float[] ReadPhotos(Network network)
    {
        string[] photos = [.. Directory.GetFiles(SharedData.Require("photos"), "*.JPEG").Order(StringComparer.Ordinal)];
        Assert.That(photos, Has.Length.EqualTo(100));
        Shape shape = network.Input.Shape;
        int length = (int)shape.Count;
        var decoder = new ImageDecoder(ImagePreset.ImageNet, shape.Channels, shape.Height, shape.Width);
        var images = new float[photos.Length * length];
        Parallel.For(0, photos.Length, i => decoder.Decode(photos[i], images.AsSpan(i * length, length)));
        return images;
    }

    private static float[] ReadDigits(Network network, int count)
    {
        if (SharedData.Find("mnist") is not { } folder)
        {
            TestContext.Out.WriteLine("shared/data/mnist is not there: random images stand in for digits.");
            return MakeImages(network, count);
        }

        MnistDataset digits = MnistDataset.Open(folder);
        Shape shape = network.Input.Shape;
        int length = (int)shape.Count;
        var images = new float[count * length];
        for (int i = 0; i < count; i++)
        {
            digits.CopyImage(i, images.AsSpan(i * length, length), shape.Height, shape.Width);
        }

        return images;
    }
}
