using Convoy.Models;

namespace Convoy.Tests.Weights;

public class PretrainedWeightsTests
{
    [Test]
    public void Trained_weights_of_lenet5_come_with_the_library()
    {
        using WeightSet weights = PretrainedWeights.LeNet5();
        Assert.That(() => weights.Validate(LeNet5.Create()), Throws.Nothing);
        Assert.That(weights.Source, Is.EqualTo("lenet5 (trained, in the package)"));
        Assert.That(weights.Tensors.Select(tensor => tensor.ElementType), Is.All.EqualTo(ElementType.Float32));
        Assert.That(weights.Metadata["test_accuracy"], Is.GreaterThanOrEqualTo("0.9900"));
        foreach (WeightTensor tensor in weights.Tensors)
        {
            float[] values = new float[tensor.Shape.Count];
            tensor.CopyTo(values);
            Assert.That(values.All(float.IsFinite), Is.True, tensor.Name);
        }
    }
}
