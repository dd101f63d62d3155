using Convoy.Onnx;

namespace Convoy.Tests.Weights;

/// <summary>How far weights are made, written and packed is reported while they are.</summary>
public sealed class WeightProgressTests : FolderFixture
{
    // A tensor of 6 MB, so that one is written in more than one piece.
    private static readonly Network Network = new NetworkBuilder("net", Shape.Vector(1500)).FullyConnected("fc1", 1000).Relu("relu").FullyConnected("fc2", 3).Build();

    [Test]
    public void Random_numbers_are_counted_and_the_same()
    {
        long made = 0, calls = 0;
        using WeightSet weights = WeightSet.Random(Network, 7, more =>
        {
            Interlocked.Add(ref made, more);
            Interlocked.Increment(ref calls);
        });
        using WeightSet silent = WeightSet.Random(Network, 7);
        Assert.That(calls, Is.GreaterThan(4), "not each tensor once");
        Assert.That(made, Is.EqualTo(Network.ParameterCount));
        Assert.That(weights.Tensors.Select(Values), Is.EqualTo(silent.Tensors.Select(Values)));

        static float[] Values(WeightTensor tensor)
        {
            float[] values = new float[tensor.Shape.Count];
            tensor.CopyTo(values);
            return values;
        }
    }

    [TestCase("weights.safetensors")]
    [TestCase("weights.npz")]
    [TestCase("weights.pth")]
    [TestCase("weights.h5")]
    [TestCase("model.onnx")]
    public void Bytes_written_are_counted_piece_by_piece_and_change_nothing(string name)
    {
        using WeightSet weights = WeightSet.Random(Network, 7);
        List<long> pieces = [];
        string counted = Folder[$"counted-{name}"], silent = Folder[$"silent-{name}"];
        Save(counted, pieces.Add);
        Save(silent, null);
        Assert.That(pieces.Sum(), Is.GreaterThanOrEqualTo(sizeof(float) * Network.ParameterCount).And.LessThan(1.1 * new FileInfo(counted).Length));
        Assert.That(pieces.Max(), Is.LessThanOrEqualTo(4 << 20));
        Assert.That(File.ReadAllBytes(counted), Has.Length.EqualTo(new FileInfo(silent).Length));

        void Save(string path, Action<long>? progress)
        {
            if (name.EndsWith(".onnx", StringComparison.Ordinal))
            {
                OnnxModel.Save(Network, weights, path, progress: progress);
            }
            else
            {
                weights.Save(path, ElementType.Float32, progress);
            }
        }
    }

    [Test]
    public void Regions_are_counted_as_they_are_prepared()
    {
        using WeightSet weights = WeightSet.Random(Network, 7);
        List<CompileProgress> steps = [];
        using InferenceSession session = Network.Compile(Device.Reference, weights, new SessionOptions { BatchSize = 1, Progress = steps.Add });
        Assert.That(steps, Is.EqualTo(Enumerable.Range(0, session.Steps.Length + 1).Select(done => new CompileProgress(done, session.Steps.Length))));
    }
}
