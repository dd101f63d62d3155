namespace Convoy.Tests.Weights;

public class WeightValidationTests
{
    private static readonly Network Small = new NetworkBuilder("small", Shape.Image(3, 8, 8))
        .Convolution("conv1", 4, kernel: 3, activation: Activation.Relu)
        .FullyConnected("fc2", 10)
        .Build();

    [Test]
    public void Weights_that_fit_pass()
    {
        using var weights = WeightSet.Random(Small, 1);
        Assert.That(() => weights.Validate(Small), Throws.Nothing);
    }

    [Test]
    public void A_misshapen_tensor_is_told_with_both_shapes() => CheckSentence(
        Change(all => all["conv1.weight"] = new Shape(4, 3, 3, 2)),
        "'conv1.weight' is [4, 3, 3, 2] in a.safetensors, but the network 'small' needs [4, 3, 3, 3].");

    [Test]
    public void As_many_elements_in_another_shape_do_not_pass() => CheckSentence(
        Change(all => all["fc2.weight"] = new Shape(144, 10)),
        "'fc2.weight' is [144, 10] in a.safetensors, but the network 'small' needs [10, 144].");

    [Test]
    public void A_missing_tensor_is_told() => CheckSentence(
        Change(all => all.Remove("fc2.bias")),
        "'fc2.bias' is missing in a.safetensors, but the network 'small' needs [10].");

    [Test]
    public void An_extra_tensor_is_told() => CheckSentence(
        Change(all => all["fc3.bias"] = new Shape(7)),
        "'fc3.bias' is [7] in a.safetensors, but the network 'small' has no such tensor.");

    [Test]
    public void All_problems_are_told_together() => CheckSentence(
        Change(all =>
        {
            all.Remove("conv1.bias");
            all["fc2.weight"] = new Shape(10, 143);
            all["Conv1.bias"] = new Shape(4);
        }),
        "'conv1.bias' is missing in a.safetensors, but the network 'small' needs [4]; "
        + "'fc2.weight' is [10, 143] in a.safetensors, but the network 'small' needs [10, 144]; "
        + "'Conv1.bias' is [4] in a.safetensors, but the network 'small' has no such tensor.");

    [Test]
    public void Beyond_five_problems_are_counted()
    {
        Dictionary<string, Shape> shapes = Change(all =>
        {
            all.Clear();
            for (int i = 0; i < 1_500; i++)
            {
                all[$"x{i}"] = new Shape(1);
            }
        });
        using WeightSet weights = Create(shapes);
        var error = Assert.Throws<WeightException>(() => weights.Validate(Small));
        Assert.That(error.Message, Does.EndWith("'x0' is [1] in a.safetensors, but the network 'small' has no such tensor; and 1,499 more."));
        Assert.That(error.Message.Split(';'), Has.Length.EqualTo(6));
    }

    [Test]
    public void Exactly_five_problems_are_all_told()
    {
        using WeightSet weights = Create(Change(all =>
        {
            all.Clear();
            all["x"] = new Shape(1);
        }));
        var error = Assert.Throws<WeightException>(() => weights.Validate(Small));
        Assert.That(error.Message.Split(';'), Has.Length.EqualTo(5));
        Assert.That(error.Message, Does.Not.Contain("more"));
    }

    private static void CheckSentence(Dictionary<string, Shape> shapes, string expected)
    {
        using WeightSet weights = Create(shapes);
        Assert.That(() => weights.Validate(Small), Throws.TypeOf<WeightException>().With.Message.EqualTo(expected));
    }

    private static Dictionary<string, Shape> Change(Action<Dictionary<string, Shape>> change)
    {
        var shapes = Small.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Shape);
        change(shapes);
        return shapes;
    }

    private static WeightSet Create(Dictionary<string, Shape> shapes) =>
        WeightSet.FromTensors("a.safetensors", shapes.Select(pair => (pair.Key, pair.Value, new float[pair.Value.Count])));
}
