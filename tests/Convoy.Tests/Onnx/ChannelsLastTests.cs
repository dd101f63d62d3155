using Convoy.ModelFiles;
using Convoy.Tests.Conformance;
using static Convoy.Onnx.Export.OnnxAttribute;

namespace Convoy.Tests.Onnx;

/// <summary>Models of frameworks that have channels last run as channels first, without a copy, and flatten in their own order.</summary>
public sealed class ChannelsLastTests
{
    private static IEnumerable<TestCaseData> Devices => TestDevices.OnEach([[]]);

    [TestCaseSource(nameof(Devices))]
    public void A_classifier_that_begins_with_a_transposition_has_none(string device)
    {
        TinyModel model = Classifier("Transpose x -> t", "t");
        using ModelFile file = Check(model, device);

        Assert.That(file.Inputs.Single().IsChannelsLast);
        Assert.That(file.Inputs.Single().Extents, Is.EqualTo(new[] { 5, 6, 3 }));
        Assert.That(file.Network.Input.Shape, Is.EqualTo(Shape.Image(3, 5, 6)));
        Assert.That(file.Network.Nodes.Where(node => node.Layer is Transpose), Is.Empty);
    }

    [TestCaseSource(nameof(Devices))]
    public void What_is_done_to_pixels_before_is_done_without_a_transposition_too(string device)
    {
        TinyModel model = new TinyModel().Input("x", -1, 5, 6, 3).Random("mean", 3).Random("scale", 1, 1, 1, 3)
            .Node("Sub x mean -> centred").Node("Mul centred scale -> scaled");
        using ModelFile file = Check(Classifier("Transpose scaled -> t", "t", model), device);

        Assert.That(file.Inputs.Single().IsChannelsLast);
        Assert.That(file.Network.Nodes.Where(node => node.Layer is Transpose), Is.Empty);
    }

    [TestCaseSource(nameof(Devices))]
    public void A_softmax_and_a_concat_of_channels_last_are_those_of_channels(string device)
    {
        TinyModel model = new TinyModel().Input("x", -1, 5, 6, 3)
            .Node("Transpose x -> t", Ints("perm", 0, 3, 1, 2)).Node("Relu t -> r")
            .Node("Transpose r -> a", Ints("perm", 0, 2, 3, 1)).Node("Transpose t -> b", Ints("perm", 0, 2, 3, 1))
            .Node("Concat a b -> c", Int("axis", 3)).Node("Softmax c -> y", Int("axis", -1)).Output("y");
        using ModelFile file = Check(model, device);

        // The answer is wanted with channels last: it is turned once.
        Assert.That(file.Network.Nodes.Where(node => node.Layer is Transpose).Count(), Is.EqualTo(1));
    }

    [TestCaseSource(nameof(Devices))]
    public void An_input_that_is_used_as_it_is_keeps_its_order(string device)
    {
        TinyModel model = new TinyModel().Input("x", -1, 5, 6, 3).Integers("s", 0, -1).Random("w", 90, 4)
            .Node("Transpose x -> t", Ints("perm", 0, 3, 1, 2)).Node("GlobalAveragePool t -> p")
            .Node("Reshape x s -> f").Node("MatMul f w -> y").Output("y", "p");
        using ModelFile file = Check(model, device);
        Assert.That(file.Inputs.Single().IsChannelsLast, Is.False);
    }

    private static TinyModel Classifier(string transposition, string transposed, TinyModel? begun = null)
    {
        TinyModel model = begun ?? new TinyModel().Input("x", -1, 5, 6, 3);
        return model.Random("k", 4, 3, 3, 3).Random("w", 48, 10).Random("b", 10).Integers("flat", -1, 48)
            .Node(transposition, Ints("perm", 0, 3, 1, 2))
            .Node($"Conv {transposed} k -> c").Node("Relu c -> r")
            .Node("Transpose r -> last", Ints("perm", 0, 2, 3, 1)).Node("Reshape last flat -> f")
            .Node("MatMul f w -> m").Node("Add m b -> s").Node("Softmax s -> y").Output("y");
    }

    private static ModelFile Check(TinyModel model, string device)
    {
        ModelFile file = model.Load();
        float[] pixels = TestData.Reals(2 * 5 * 6 * 3, 5);
        float[][] answers = ModelRun.Run(file, [pixels], Device.Find(device));
        float[][] expected = OnnxRuntimeOracle.Run(model.Bytes, (pixels, [2, 5, 6, 3]));
        for (int i = 0; i < answers.Length; i++)
        {
            Agreement.AssertClose(answers[i], expected[i], "channels last", relativeError: 1e-4);
        }

        return file;
    }
}
