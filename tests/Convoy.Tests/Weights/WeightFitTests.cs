using Convoy.Weights.Fitting;

namespace Convoy.Tests.Weights;

/// <summary>A file's tensors are found under other names than the network's, in one way or not at all.</summary>
public class WeightFitTests
{
    private static readonly Network Small = new NetworkBuilder("small", Shape.Image(3, 8, 8))
        .Convolution("conv1", 4, kernel: 3, padding: 1, bias: false)
        .BatchNormalization("bn1")
        .FullyConnected("fc", 2)
        .Build();

    private static readonly Network Twins = new NetworkBuilder("twins", Shape.Vector(3)).FullyConnected("first", 3).FullyConnected("second", 3).Build();

    private static readonly Network Defaults = new NetworkBuilder("defaults", Shape.Image(2, 1, 1)).BatchNormalization("bn").Build();

    private static IEnumerable<Device> Devices => [Device.Reference, .. TestDevices.Judged];

    [Test]
    public void The_networks_own_names_are_taken_first()
    {
        using WeightSet weights = Rename(Small, name => name);
        WeightFit fit = weights.FitTo(Small);
        Assert.That(fit.Naming, Is.EqualTo(WeightNaming.Same));
        Assert.That(fit.PassedOver, Is.Empty);
        CheckFitted(fit, Small);
    }

    [TestCase("module.")]
    [TestCase("state_dict.module.")]
    [TestCase("my.own.model.")]
    public void A_prefix_that_all_share_is_passed_over(string prefix)
    {
        using WeightSet weights = Rename(Small, name => prefix + name);
        WeightFit fit = weights.FitTo(Small);
        Assert.That(fit.Naming, Is.EqualTo(WeightNaming.Prefix));
        Assert.That(fit.Description, Is.EqualTo($"its names have the prefix '{prefix}'"));
        CheckFitted(fit, Small);
    }

    [Test]
    public void What_lacks_the_prefix_is_no_part_of_the_network()
    {
        using WeightSet weights = Rename(Small, name => "module." + name, more: [("loss.weight", new Shape(3))]);
        CheckRefused(weights, Small, "'loss.weight' is [3] in a.pth, but the network 'small' has no such tensor.");
    }

    [TestCase("features.0", "features.3", "features.6", "features.8", "features.10", "classifier.1", "classifier.4", "classifier.6")]
    [TestCase("conv2d", "conv2d_1", "conv2d_2", "conv2d_3", "conv2d_4", "dense", "dense_1", "dense_2")]
    public void Names_of_published_models_are_mapped_by_tables(params string[] layers)
    {
        Network network = SmallAlexNet();
        string[] ours = [.. network.Nodes.Where(node => node.Parameters.Length > 0).Select(node => node.Name)];

        // In an order that would mislead.
        using WeightSet weights = Rename(network, name => layers[Array.IndexOf(ours, name[..name.IndexOf('.', StringComparison.Ordinal)])] + name[name.IndexOf('.', StringComparison.Ordinal)..], reverse: true);
        WeightFit fit = weights.FitTo(network);
        Assert.That(fit.Naming, Is.EqualTo(WeightNaming.Table));
        CheckFitted(fit, network);
    }

    [TestCase("a.weight", "b.weight", "b.bias", "b.running_mean", "b.running_var", "c.weight", "c.bias")]
    [TestCase("w0", "w1", "w2", "w3", "w4", "w5", "w6")]
    [TestCase("arr_0", "arr_1", "arr_2", "arr_3", "arr_4", "arr_5", "arr_6")]
    public void Other_names_are_mapped_by_order_and_shape(params string[] names)
    {
        int at = 0;
        using WeightSet weights = Rename(Small, _ => names[at++]);
        WeightFit fit = weights.FitTo(Small);
        Assert.That(fit.Naming, Is.EqualTo(WeightNaming.OrderAndShape));
        Assert.That(fit.Description, Does.Contain($"('{names[0].Split('.')[0]}' is taken for 'conv1"));
        CheckFitted(fit, Small);
    }

    [Test]
    public void Where_each_layer_has_one_place_the_order_does_not_matter()
    {
        using WeightSet weights = Rename(Small, name => "z" + name, reverse: true);
        WeightFit fit = weights.FitTo(Small);
        Assert.That(fit.Naming, Is.EqualTo(WeightNaming.OrderAndShape));
        CheckFitted(fit, Small);
    }

    [Test]
    public void An_order_that_the_names_bear_out_is_taken()
    {
        using WeightSet weights = Rename(Twins, name => name.Replace("first", "fc2", StringComparison.Ordinal).Replace("second", "fc10", StringComparison.Ordinal));
        CheckFitted(weights.FitTo(Twins), Twins);
    }

    [Test]
    public void Two_orders_that_both_fit_are_refused()
    {
        using WeightSet weights = Rename(Twins, name => name.Replace("first", "b", StringComparison.Ordinal).Replace("second", "a", StringComparison.Ordinal));
        CheckRefused(
            weights,
            Twins,
            "The tensors of a.pth have other names than those of the network 'twins' and fit it in more than one order: 'first' may be 'b' or 'a'; say which with a map of names.");
    }

    [Test]
    public void A_name_that_the_network_has_is_not_given_to_another_layer()
    {
        using WeightSet weights = Rename(Twins, name => name.Replace("first", "a", StringComparison.Ordinal).Replace("second", "first", StringComparison.Ordinal));
        CheckRefused(weights, Twins, "'second.weight' is missing");
    }

    [Test]
    public void A_tensor_too_many_is_refused_by_its_own_name()
    {
        using WeightSet weights = Rename(Small, name => name, more: [("aux.weight", new Shape(3))]);
        CheckRefused(weights, Small, "'aux.weight' is [3] in a.pth, but the network 'small' has no such tensor.");
    }

    [Test]
    public void Harmless_tensors_are_passed_over_and_listed_or_refused([Values] bool isStrict)
    {
        string[] harmless = ["bn1.num_batches_tracked", "optimizer.state.0.x", "optimizer_weights/m", "conv1.weight.exp_avg", "fc.bias.momentum_buffer"];
        using WeightSet weights = Rename(Small, name => name, more: [.. harmless.Select(name => (name, new Shape(1)))]);
        var options = new WeightFitOptions { IsStrict = isStrict };
        if (isStrict)
        {
            Assert.That(() => weights.FitTo(Small, options), Throws.TypeOf<WeightException>().With.Message.StartsWith($"'{harmless[0]}' is [1] in a.pth"));
            Assert.That(() => weights.Validate(Small, isStrict: true), Throws.TypeOf<WeightException>());
            return;
        }

        WeightFit fit = weights.FitTo(Small, options);
        Assert.That(fit.PassedOver.Select(tensor => tensor.Name), Is.EqualTo(harmless));
        CheckFitted(fit, Small);
        Assert.That(() => weights.Validate(Small), Throws.Nothing);
    }

    [Test]
    public void What_has_a_default_may_be_missing()
    {
        using WeightSet weights = Rename(Defaults, name => name, leftOut: ["bn.weight", "bn.bias"]);
        Assert.That(() => weights.Validate(Defaults), Throws.Nothing);
        WeightFit fit = weights.FitTo(Defaults);
        Assert.That(fit.Weights.Tensors.Select(tensor => tensor.Name), Is.EqualTo(new[] { "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var" }));
        Assert.That(Read(fit.Weights, "bn.weight"), Is.EqualTo(new[] { 1f, 1f }));
        Assert.That(Read(fit.Weights, "bn.bias"), Is.EqualTo(new[] { 0f, 0f }));
    }

    [Test]
    public void What_has_a_default_is_computed_with_it([ValueSource(nameof(Devices))] Device device)
    {
        using WeightSet without = WeightSet.FromTensors("a", [("bn.running_mean", new Shape(2), [1, -1]), ("bn.running_var", new Shape(2), [4 - 1e-5f, 1])]);
        using InferenceSession session = Defaults.Compile(device, without);
        float[] scores = new float[2];
        session.Run([3f, 3f], scores);
        Assert.That(scores, Is.EqualTo(new[] { 1f, 4f }).Within(1e-4));
    }

    [Test]
    public void A_map_renames_layers_and_tensors_and_passes_over()
    {
        using WeightSet weights = Rename(Twins, name => name.Replace("first", "b", StringComparison.Ordinal).Replace("second", "a", StringComparison.Ordinal), more: [("aux.weight", new Shape(3))]);
        WeightMap map = WeightMap.Parse("# layers\nb = first\n\r\na.weight=second.weight\na.bias = second.bias\naux = -\n", "map");
        WeightFit fit = weights.FitTo(Twins, new WeightFitOptions { Map = map, IsStrict = true });
        Assert.That(fit.Naming, Is.EqualTo(WeightNaming.Map));
        Assert.That(fit.PassedOver.Select(tensor => tensor.Name), Is.EqualTo(new[] { "aux.weight" }));
        CheckFitted(fit, Twins);
    }

    [TestCase("b = third", "Line 1 of 'map' is wrong: the network 'twins' has no tensor 'third.weight'.")]
    [TestCase("\nc = first", "Line 2 of 'map' is wrong: a.pth has no tensor or layer 'c'.")]
    [TestCase("b = first\nb.bias = second.bias", "Line 2 of 'map' is wrong: 'b.bias' is mapped by line 1 already.")]
    [TestCase("b = first\na = first", "Line 2 of 'map' is wrong: 'first.weight' has its tensor from line 1 already.")]
    [TestCase("b = first", "'second.weight' is missing in a.pth, but the network 'twins' needs [3, 3]; ")]
    public void A_map_that_does_not_fit_is_refused_with_its_line(string text, string expected)
    {
        using WeightSet weights = Rename(Twins, name => name.Replace("first", "b", StringComparison.Ordinal).Replace("second", "a", StringComparison.Ordinal));
        Assert.That(
            () => weights.FitTo(Twins, new WeightFitOptions { Map = WeightMap.Parse(text, "map") }),
            Throws.TypeOf<WeightException>().With.Message.StartsWith(expected));
    }

    [Test]
    public void A_map_may_be_a_JSON_object()
    {
        using WeightSet weights = Rename(Twins, name => name.Replace("first", "b", StringComparison.Ordinal).Replace("second", "a", StringComparison.Ordinal), more: [("aux.weight", new Shape(3))]);
        WeightMap map = WeightMap.Parse(""" {"b": "first", "a.weight": "second.weight", "a.bias": "second.bias", "aux": "-"} """, "map.json");
        CheckFitted(weights.FitTo(Twins, new WeightFitOptions { Map = map }), Twins);
    }

    [TestCase("""{"b": "third"}""", "Entry 1 of 'map' is wrong: the network 'twins' has no tensor 'third.weight'.")]
    [TestCase("""{"b": "first", "b.bias": "second.bias"}""", "Entry 2 of 'map' is wrong: 'b.bias' is mapped by entry 1 already.")]
    [TestCase("""{"b": "first", "a": 7}""", "Entry 2 of 'map' ('a') must give a name")]
    [TestCase("""{"b": ""}""", "Entry 1 of 'map' ('b') must give a name")]
    [TestCase("""{"b": """, "The map of names 'map' begins as a JSON object, but is none")]
    [TestCase("""{"b": "\ud800"}""", "The map of names 'map' begins as a JSON object, but is none")]
    public void A_JSON_object_that_is_no_map_is_refused(string text, string expected)
    {
        using WeightSet weights = Rename(Twins, name => name.Replace("first", "b", StringComparison.Ordinal).Replace("second", "a", StringComparison.Ordinal));
        Assert.That(
            () => weights.FitTo(Twins, new WeightFitOptions { Map = WeightMap.Parse(text, "map") }),
            Throws.TypeOf<WeightException>().With.Message.StartsWith(expected));
    }

    [TestCase("a b")]
    [TestCase("a =")]
    [TestCase("= b")]
    [TestCase("a = b = c")]
    public void A_line_that_is_none_is_refused(string line) => Assert.That(
        () => WeightMap.Parse($"x = y\n{line}", "map"),
        Throws.TypeOf<WeightException>().With.Message.StartsWith($"Line 2 of 'map' is '{line}', but must be a name of the weights file, '=', and"));

    [Test]
    public void A_map_is_read_out_of_a_file_or_refused_in_a_sentence()
    {
        using var folder = new TemporaryFolder();
        Assert.That(() => WeightMap.Open(folder["none"]), Throws.TypeOf<WeightException>().With.Message.StartsWith($"The map of names '{folder["none"]}' "));
        Assert.That(() => WeightMap.Open(folder.Root), Throws.TypeOf<WeightException>());
        Assert.That(() => WeightMap.Open(folder.Write("bad", [0xFF, 0xFE, 0x00])), Throws.TypeOf<WeightException>().With.Message.Contains("not UTF-8"));
        using WeightSet weights = Rename(Twins, name => name.Replace("first", "b", StringComparison.Ordinal).Replace("second", "a", StringComparison.Ordinal));
        WeightMap map = WeightMap.Open(folder.Write("map", "\uFEFFb = first\r\na = second\r\n"));
        CheckFitted(weights.FitTo(Twins, new WeightFitOptions { Map = map }), Twins);
    }

    [Test]
    public void A_checkpoint_with_counts_of_batches_loads()
    {
        using WeightSet weights = WeightSet.Open(SharedData.Require("cases/bn-tracked.safetensors"));
        WeightFit fit = weights.FitTo(Small);
        Assert.That(fit.PassedOver.Select(tensor => $"{tensor.Name} {tensor.ElementTypeName}"), Is.EqualTo(new[] { "bn1.num_batches_tracked Int64" }));
        using InferenceSession session = Small.Compile(Device.Reference, weights);
        Assert.That(session.OutputShape, Is.EqualTo(Shape.Vector(2)));
        Assert.That(() => weights.Validate(Small, isStrict: true), Throws.TypeOf<WeightException>().With.Message.Contains("'bn1.num_batches_tracked'"));
    }

    [Test]
    public void Whole_numbers_of_any_name_are_harmless()
    {
        Network network = new NetworkBuilder("small", Shape.Vector(1)).FullyConnected("fc", 1, bias: false).Build();
        using var weights = WeightSet.Load(
            SafetensorsBytes.Create("""{"fc.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"position_ids":{"dtype":"I32","shape":[1],"data_offsets":[4,8]}}""", new byte[8]),
            "test");
        Assert.That(weights.FitTo(network).PassedOver.Select(tensor => tensor.Name), Is.EqualTo(new[] { "position_ids" }));
    }

    [TestCase("layer2", "layer10", -1)]
    [TestCase("layer2.0", "layer2.00", 0)]
    [TestCase("a9b1", "a09b2", -1)]
    [TestCase("b", "a10", 1)]
    [TestCase("a", "a1", -1)]
    [TestCase("conv", "conv", 0)]
    public void Names_are_ordered_as_people_count(string left, string right, int expected)
    {
        Assert.That(Math.Sign(NaturalOrder.Instance.Compare(left, right)), Is.EqualTo(expected));
        Assert.That(Math.Sign(NaturalOrder.Instance.Compare(right, left)), Is.EqualTo(-expected));
    }

    private static void CheckFitted(WeightFit fit, Network network)
    {
        Assert.That(fit.Weights.Tensors.Select(tensor => (tensor.Name, tensor.Shape)), Is.EqualTo(network.Parameters));
        Assert.That(() => fit.Weights.Validate(network, isStrict: true), Throws.Nothing);
        int at = 0;
        foreach (WeightTensor tensor in fit.Weights.Tensors)
        {
            // Rename numbers the network's tensors in their order.
            Assert.That(Read(fit.Weights, tensor.Name)[0], Is.EqualTo(at++), tensor.Name);
        }
    }

    private static void CheckRefused(WeightSet weights, Network network, string expected) =>
        Assert.That(() => weights.FitTo(network), Throws.TypeOf<WeightException>().With.Message.Contains(expected));

    private static float[] Read(WeightSet weights, string name)
    {
        Assert.That(weights.TryGet(name, out WeightTensor? tensor), Is.True);
        float[] values = new float[tensor!.Shape.Count];
        tensor.CopyTo(values);
        return values;
    }

    /// <summary>The tensors that a network needs under other names, each filled with its number in the network.</summary>
    private static WeightSet Rename(
        Network network, Func<string, string> rename, bool reverse = false, (string Name, Shape Shape)[]? more = null, string[]? leftOut = null)
    {
        var tensors = network.Parameters.Select((parameter, i) =>
        {
            float[] values = new float[parameter.Shape.Count];
            Array.Fill(values, i);
            return (Own: parameter.Name, Name: rename(parameter.Name), parameter.Shape, Values: values);
        }).ToList();
        tensors.RemoveAll(tensor => leftOut?.Contains(tensor.Own) == true);
        if (reverse)
        {
            tensors.Reverse();
        }

        return WeightSet.FromTensors("a.pth", [.. tensors.Select(tensor => (tensor.Name, tensor.Shape, tensor.Values)), .. (more ?? []).Select(each => (each.Name, each.Shape, new float[each.Shape.Count]))]);
    }

    /// <summary>AlexNet's layers with hardly any filters, two pairs of them alike.</summary>
    private static Network SmallAlexNet() => new NetworkBuilder("alexnet", Shape.Image(1, 2, 2))
        .Convolution("conv1", 2, kernel: 1).Convolution("conv2", 2, kernel: 1).Convolution("conv3", 2, kernel: 1)
        .Convolution("conv4", 2, kernel: 1).Convolution("conv5", 2, kernel: 1)
        .FullyConnected("fc6", 3).FullyConnected("fc7", 3).FullyConnected("fc8", 3)
        .Build();
}
