using PureHDF;

namespace Convoy.Tests.Weights.Keras;

/// <summary>Files that are written for Keras, as another reader of HDF5 finds them: their groups, attributes and numbers.</summary>
public sealed class KerasWritingTests : FolderFixture
{
    /// <summary>Every layer whose arrays are in another order than here.</summary>
    private static Network Small => new NetworkBuilder("small", Shape.Image(2, 4, 3))
        .Convolution("conv", 4, new Extent2D(3, 2))
        .Convolution("dw", 8, 2, padding: 1, groups: 4, bias: false)
        .BatchNormalization("bn")
        .ParametricRelu("slopes")
        .Convolution("sep.depthwise", 8, 1, groups: 8, bias: false)
        .Convolution("sep.pointwise", 2, 1)
        .FullyConnected("fc", 3)
        .Build();

    [Test]
    public void Layers_and_arrays_are_listed_by_name()
    {
        using WeightSet weights = WeightSet.Random(Small, 1);
        weights.Save(Folder["w.h5"]);
        using var file = H5File.OpenRead(Folder["w.h5"]);
        Assert.That(file.Attribute("layer_names").Read<string[]>(), Is.EqualTo(new[] { "conv", "dw", "bn", "slopes", "sep", "fc" }));
        Assert.That(file.Attribute("keras_version").Read<string>(), Is.EqualTo("2.0.0"));
        Assert.That(file.Attribute("backend").Read<string>(), Is.EqualTo("tensorflow"));
        Assert.That(file.Group("sep").Attribute("weight_names").Read<string[]>(), Is.EqualTo(new[] { "sep/depthwise_kernel:0", "sep/pointwise_kernel:0", "sep/bias:0" }));
        Assert.That(
            file.Group("bn").Attribute("weight_names").Read<string[]>(), Is.EqualTo(new[] { "bn/gamma:0", "bn/beta:0", "bn/moving_mean:0", "bn/moving_variance:0" }));
        CheckArrays((layer, name, _) => file.Dataset($"/{layer}/{layer}/{name}:0"), weights);
    }

    [Test]
    public void Arrays_are_numbered_and_layers_named_by_their_class()
    {
        using WeightSet weights = WeightSet.Random(Small, 1);
        weights.Save(Folder["w.weights.h5"]);
        using var file = H5File.OpenRead(Folder["w.weights.h5"]);
        var groups = new Dictionary<string, string>
        {
            ["conv"] = "conv2d",
            ["dw"] = "depthwise_conv2d",
            ["bn"] = "batch_normalization",
            ["slopes"] = "p_re_lu",
            ["sep"] = "separable_conv2d",
            ["fc"] = "dense",
        };
        Assert.That(file.Group("layers").Children().Select(child => child.Name), Is.EquivalentTo(groups.Values));
        Assert.That(file.Group("/layers/dense/vars").Attribute("name").Read<string>(), Is.EqualTo("fc"));
        CheckArrays((layer, _, number) => file.Dataset($"/layers/{groups[layer]}/vars/{number}"), weights);
    }

    [Test]
    public void Layers_of_one_class_are_counted()
    {
        Network network = new NetworkBuilder("n", Shape.Vector(3)).FullyConnected("a", 2).FullyConnected("b", 2).FullyConnected("c", 2).Build();
        using WeightSet weights = WeightSet.Random(network, 1);
        weights.Save(Folder["w.weights.h5"]);
        using var file = H5File.OpenRead(Folder["w.weights.h5"]);
        Assert.That(
            file.Group("layers").Children().Select(child => (child.Name, file.Group($"/layers/{child.Name}/vars").Attribute("name").Read<string>())),
            Is.EqualTo(new[] { ("dense", "a"), ("dense_1", "b"), ("dense_2", "c") }));
    }

    [TestCase(ElementType.Float16, 2)]
    [TestCase(ElementType.Float64, 8)]
    public void Other_precisions_have_their_own_numbers(ElementType type, int size)
    {
        Network network = new NetworkBuilder("n", Shape.Vector(3)).FullyConnected("fc", 2).Build();
        using WeightSet weights = WeightSet.FromTensors("test", [("fc.weight", new Shape(2, 3), [1, 2, 3, -4, 0.5f, 6]), ("fc.bias", new Shape(2), [0, -1])]);
        weights.FitTo(network).Weights.Save(Folder["w.h5"], type);
        using var file = H5File.OpenRead(Folder["w.h5"]);
        IH5Dataset kernel = file.Dataset("/fc/fc/kernel:0");
        Assert.That(kernel.Type.Size, Is.EqualTo(size));
        double[] numbers = type == ElementType.Float16 ? [.. kernel.Read<Half[]>().Select(each => (double)each)] : kernel.Read<double[]>();
        Assert.That(numbers, Is.EqualTo(new[] { 1, -4, 2, 0.5, 3, 6 }));
    }

    [Test]
    public void Names_too_long_for_one_attribute_go_on_in_others()
    {
        string[] names = [.. Enumerable.Range(0, 40).Select(i => new string((char)('a' + (i % 26)), 4000) + i)];
        var builder = new NetworkBuilder("n", Shape.Vector(1));
        foreach (string name in names)
        {
            builder.FullyConnected(name, 1, bias: false);
        }

        Network network = builder.Build();
        using WeightSet weights = WeightSet.Random(network, 1);
        weights.Save(Folder["w.h5"]);
        using (var file = H5File.OpenRead(Folder["w.h5"]))
        {
            Assert.That(
                Enumerable.Range(0, 3).SelectMany(part => file.Attribute($"layer_names{part}").Read<string[]>()), Is.EqualTo(names));
        }

        using WeightSet read = WeightSet.Open(Folder["w.h5"]);
        read.Validate(network);
    }

    [TestCase("a//b", "is no way through groups")]
    [TestCase("./a", "is no way through groups")]
    [TestCase("a ", "ends in a blank")]
    [TestCase("depthwise_conv2d", "is named like a depthwise convolution of Keras'")]
    public void A_name_that_would_be_another_is_refused(string name, string expected)
    {
        Network network = new NetworkBuilder("n", Shape.Image(2, 3, 3)).Convolution(name, 2, 2).Build();
        using WeightSet weights = WeightSet.Random(network, 1);
        CheckRefused(weights, expected);
    }

    [Test]
    public void Without_a_network_or_where_that_leaves_the_order_open_nothing_is_written()
    {
        using WeightSet alone = WeightSet.FromTensors("test", [("fc.weight", new Shape(1, 2), [1, 2])]);
        CheckRefused(alone, "Weights for Keras are written for a network alone");
        Network sliced = new NetworkBuilder("n", Shape.Image(2, 3, 3)).Flatten("flat").Slice("part", 0, 5).FullyConnected("fc", 2).Build();
        using WeightSet weights = WeightSet.Random(sliced, 1);
        CheckRefused(weights, "the layer 'part' (slice) leaves open");
        Assert.That(() => weights.Save(Folder["w.h5"], ElementType.BFloat16), Throws.TypeOf<WeightException>());
        using WeightSet brain = WeightSet.Random(Small, 1);
        Assert.That(() => brain.Save(Folder["w.h5"], ElementType.BFloat16), Throws.TypeOf<WeightException>().With.Message.Contains("HDF5 has no such numbers"));
    }

    private void CheckRefused(WeightSet weights, string expected)
    {
        Assert.That(() => weights.Save(Folder["w.h5"]), Throws.TypeOf<WeightException>().With.Message.Contains(expected));
        Assert.That(File.Exists(Folder["w.h5"]), Is.False);
    }

    /// <summary>Each number of each array, by its place in the tensor that it comes from.</summary>
    private static void CheckArrays(Func<string, string, int, IH5Dataset> find, WeightSet weights)
    {
        Check("conv", "kernel", 0, "conv.weight", [3, 2, 2, 4], at => (((((at[3] * 2) + at[2]) * 3) + at[0]) * 2) + at[1]);
        Check("conv", "bias", 1, "conv.bias", [4], at => at[0]);
        Check("dw", "depthwise_kernel", 0, "dw.weight", [2, 2, 4, 2], at => (((((at[2] * 2) + at[3]) * 2) + at[0]) * 2) + at[1]);
        Check("bn", "gamma", 0, "bn.weight", [8], at => at[0]);
        Check("bn", "beta", 1, "bn.bias", [8], at => at[0]);
        Check("bn", "moving_mean", 2, "bn.running_mean", [8], at => at[0]);
        Check("bn", "moving_variance", 3, "bn.running_var", [8], at => at[0]);
        Check("slopes", "alpha", 0, "slopes.weight", [1, 1, 8], at => at[2]);
        Check("sep", "depthwise_kernel", 0, "sep.depthwise.weight", [1, 1, 8, 1], at => at[2]);
        Check("sep", "pointwise_kernel", 1, "sep.pointwise.weight", [1, 1, 8, 2], at => (at[3] * 8) + at[2]);
        Check("sep", "bias", 2, "sep.pointwise.bias", [2], at => at[0]);

        // The map has two channels of three rows and columns: 18 features, counted by rows, columns and channels.
        Check("fc", "kernel", 0, "fc.weight", [18, 3], at => (at[1] * 18) + (at[0] % 2 * 9) + (at[0] / 2));

        void Check(string layer, string name, int number, string tensorName, ulong[] extents, Func<int[], int> place)
        {
            Assert.That(weights.TryGet(tensorName, out WeightTensor? tensor), Is.True);
            float[] numbers = new float[tensor!.Shape.Count];
            tensor.CopyTo(numbers);
            IH5Dataset data = find(layer, name, number);
            Assert.That(data.Space.Dimensions, Is.EqualTo(extents), tensorName);
            Assert.That(data.Read<float[]>(), Is.EqualTo(Enumerable.Range(0, numbers.Length).Select(i => numbers[place(Index(i, extents))])), tensorName);
        }
    }

    private static int[] Index(int place, ulong[] extents)
    {
        int[] index = new int[extents.Length];
        for (int axis = extents.Length - 1; axis >= 0; axis--)
        {
            index[axis] = place % (int)extents[axis];
            place /= (int)extents[axis];
        }

        return index;
    }
}
