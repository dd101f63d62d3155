namespace Convoy.Tests.Runtime;

/// <summary>Networks of several outputs, on every device there is.</summary>
[TestFixtureSource(nameof(Devices))]
public sealed class SeveralOutputsTests(Device device)
{
    private const int Images = 7;
    private WeightSet _weights = null!;

    private static IEnumerable<Device> Devices => Device.All.Where(each => each.IsAvailable);

    [OneTimeSetUp]
    public void MakeWeights() => _weights = WeightSet.Random(Create(["prob"]), 4);

    [OneTimeTearDown]
    public void CloseWeights() => _weights.Dispose();

    [Test]
    public void Outputs_come_in_the_order_asked_for()
    {
        foreach (string[] names in new[] { new[] { "prob", "pool" }, ["pool", "prob"], ["fc2", "prob", "conv.relu"] })
        {
            Network network = Create(names);
            Assert.That(network.Outputs.Select(output => output.Name), Is.EqualTo(names));
            float[][] outputs = Run(network, Pixels(network));
            Assert.That(outputs.Select(output => output.Length), Is.EqualTo(network.Outputs.Select(output => (int)output.Shape.Count * Images)));
        }
    }

    /// <summary>Asking for an output keeps it from being fused or computed in one region; no bit may depend on that.</summary>
    [Test]
    public void Each_output_has_the_bits_of_the_network_that_has_it_alone()
    {
        string[] names = ["conv.relu", "pool", "fc1.tanh", "fc2", "prob"];
        float[] images = Pixels(Create(names));
        float[][] together = Run(Create(names), images);
        for (int i = 0; i < names.Length; i++)
        {
            float[] alone = Run(Create([names[i]]), images)[0];
            Assert.That(together[i].AsSpan().SequenceEqual(alone), $"output '{names[i]}'");
        }
    }

    [Test]
    public void The_input_can_be_an_output_and_what_is_passed_over_too()
    {
        Network network = Create(["input", "drop", "fc1.tanh", "prob"]);
        float[] images = Pixels(network);
        float[][] outputs = Run(network, images);
        Assert.That(outputs[0], Is.EqualTo(images));
        Assert.That(outputs[1], Is.EqualTo(outputs[2]), "a dropout's output is what it reads");
    }

    [Test]
    public void Bits_are_the_same_in_one_batch_and_in_several()
    {
        Network network = Create(["fc2", "prob", "pool"]);
        float[] images = Pixels(network);
        float[][] whole = Run(network, images, Options with { BatchSize = Images });
        foreach (int batch in new[] { 1, 2, 3 })
        {
            float[][] pieces = Run(network, images, Options with { BatchSize = batch });
            for (int i = 0; i < whole.Length; i++)
            {
                Assert.That(pieces[i].AsSpan().SequenceEqual(whole[i]), $"batch {batch}, output {i}");
            }
        }
    }

    [Test]
    public void Memory_for_another_number_of_outputs_is_one_sentence_with_their_names()
    {
        using InferenceSession session = Create(["fc2", "prob"]).Compile(device, _weights);
        ArgumentException e = Assert.Throws<ArgumentException>(() => session.Run(Pixels(session.Network), (ReadOnlySpan<Memory<float>>)[new float[3]]));
        Assert.That(e.Message, Does.StartWith("'several' has 2 outputs ('fc2', 'prob'), but memory for 1 was given."));
        Assert.That(e.ParamName, Is.EqualTo("outputs"));
    }

    [Test]
    public void Memory_of_another_length_is_one_sentence_with_the_outputs_name()
    {
        using InferenceSession session = Create(["pool", "prob"]).Compile(device, _weights);
        float[] pool = new float[Images * session.Network.Outputs[0].Shape.Count];
        ArgumentException e = Assert.Throws<ArgumentException>(
            () => session.Run(Pixels(session.Network), (ReadOnlySpan<Memory<float>>)[pool, new float[11]]));
        Assert.That(e.Message, Does.Contain("the output 'prob'").And.Contain("room for 11"));
        Assert.That(e.ParamName, Is.EqualTo("outputs"));
    }

    [Test]
    public void The_call_for_one_output_is_refused_with_the_names_of_several()
    {
        using InferenceSession session = Create(["fc2", "prob"]).Compile(
            device, _weights, Options with { Normalization = PixelNormalization.FromMeanAndDeviation([0, 0, 0], [1, 1, 1]) });
        ArgumentException e = Assert.Throws<ArgumentException>(() => session.Run(Pixels(session.Network), new float[Images * 5]));
        Assert.That(e.Message, Does.StartWith("'several' has 2 outputs ('fc2', 'prob'); run it with memory for each."));
        Assert.That(e.ParamName, Is.EqualTo("scores"));
        Assert.That(
            () => session.Run(new byte[Images * (int)session.InputShape.Count], new float[Images * 5]),
            Throws.ArgumentException.With.Message.Contains("('fc2', 'prob')"));
    }

    [Test]
    public void One_output_may_be_asked_for_as_several()
    {
        using InferenceSession session = Create(["prob"]).Compile(device, _weights);
        float[] images = Pixels(session.Network);
        float[] expected = new float[Images * 5];
        float[] actual = new float[Images * 5];
        session.Run(images, expected);
        session.Run(images, (ReadOnlySpan<Memory<float>>)[actual]);
        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    public void No_images_are_no_work()
    {
        using InferenceSession session = Create(["fc2", "prob"]).Compile(device, _weights);
        session.Run([], (ReadOnlySpan<Memory<float>>)[Memory<float>.Empty, Memory<float>.Empty]);
    }

    [Test]
    public void Two_threads_take_turns()
    {
        Network network = Create(["fc2", "prob", "input"]);
        float[] images = Pixels(network);
        float[][] expected = Run(network, images);
        using InferenceSession session = network.Compile(device, _weights, Options);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 2 }, _ =>
        {
            float[][] actual = Memory(network);
            session.Run(images, (ReadOnlySpan<Memory<float>>)[.. actual.Select(output => output.AsMemory())]);
            for (int i = 0; i < actual.Length; i++)
            {
                Assert.That(actual[i].AsSpan().SequenceEqual(expected[i]));
            }
        });
    }

    [Test]
    public void A_steady_state_run_allocates_no_managed_memory()
    {
        Network network = Create(["fc2", "prob", "pool"]);
        using InferenceSession session = network.Compile(device, _weights, Options with { BatchSize = 3 });
        float[] images = Pixels(network);
        Memory<float>[] outputs = [.. Memory(network).Select(output => output.AsMemory())];
        for (int i = 0; i < 50; i++)
        {
            session.Run(images, outputs.AsSpan());
        }

        ManagedAllocation.AssertNone(() => session.Run(images, outputs.AsSpan()));
    }

    // One algorithm, which sessions of other batch sizes and outputs choose too; the reference device has but one.
    private SessionOptions Options => new()
    {
        Threads = device == Device.Native ? 2 : 0,
        ConvolutionAlgorithm = device == Device.Reference ? ConvolutionAlgorithm.Auto : ConvolutionAlgorithm.Direct,
    };

    private static Network Create(string[] outputs) => new NetworkBuilder("several", Shape.Image(3, 12, 11))
        .Convolution("conv", 8, 3, padding: 1, activation: Activation.Relu)
        .MaxPool("pool", 2, 2)
        .FullyConnected("fc1", 20, activation: Activation.Tanh)
        .Dropout("drop", 0.5f)
        .FullyConnected("fc2", 5)
        .Softmax("prob")
        .Build(outputs.AsSpan());

    private static float[] Pixels(Network network) => TestData.Reals(Images * (int)network.Input.Shape.Count, 5);

    private static float[][] Memory(Network network)
    {
        float[][] outputs = [.. network.Outputs.Select(output => new float[Images * output.Shape.Count])];
        Array.ForEach(outputs, output => Array.Fill(output, float.NaN));
        return outputs;
    }

    private float[][] Run(Network network, float[] images, SessionOptions? options = null)
    {
        using InferenceSession session = network.Compile(device, _weights, options ?? Options);
        float[][] outputs = Memory(network);
        session.Run(images, (ReadOnlySpan<Memory<float>>)[.. outputs.Select(output => output.AsMemory())]);
        return outputs;
    }
}
