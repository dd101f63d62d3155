using Convoy.ModelFiles;
using Convoy.Tests.Onnx;

namespace Convoy.Tests.Conformance;

/// <summary>The ONNX backend test suite's single-operator cases, imported as any model is, on every device.</summary>
public sealed class PublishedCaseTests
{
    private const string Data = "onnx-node-tests";

    // The suite's own.
    private const double RelativeTolerance = 1e-3;
    private const double AbsoluteTolerance = 1e-7;

    /// <summary>The cases that are not run, each with a piece of the sentence that refuses it. All others are.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["test_constant"] = "it has no input",
        ["test_dropout_default_mask"] = "a mask",
        ["test_dropout_default_mask_ratio"] = "a mask",
        ["test_matmulinteger"] = "a tensor of uint8 numbers",
        ["test_maxpool_with_argmax_2d_precomputed_pads"] = "indices",
        ["test_maxpool_with_argmax_2d_precomputed_strides"] = "indices",
        ["test_reshape_allowzero_reordered"] = "a shape of [1, 4, 0] does not fit",
    };

    [TestCaseSource(nameof(FindCases))]
    public void A_published_case_gets_its_published_answer(string name, string device)
    {
        PublishedCase published = Read(name);
        using ModelFile model = published.Import();
        float[][] inputs = [.. published.Data.Select(tensor => OnnxTensor.Decode(tensor)!.Values)];
        float[][] answers = ModelRun.Run(model, inputs, Device.Find(device));

        Assert.That(answers, Has.Length.EqualTo(published.Outputs.Length));
        for (int i = 0; i < answers.Length; i++)
        {
            OnnxTensor expected = OnnxTensor.Decode(published.Outputs[i])!;
            Assert.That(ModelRun.ExtentsOf(model.Outputs[i], answers[i].Length), Is.EqualTo(expected.Extents));
            AssertClose(answers[i], expected.Values);
        }
    }

    [Test]
    public void Each_case_is_run_or_refused_for_the_reason_that_is_listed()
    {
        var refused = new Dictionary<string, string>();
        foreach (string name in ListCases(SharedData.Require(Data)))
        {
            try
            {
                Read(name).Import().Dispose();
            }
            catch (ModelFileException e)
            {
                refused.Add(name, e.Message);
            }
        }

        Assert.That(refused.Keys, Is.EquivalentTo(Refused.Keys), string.Join("\n", refused));
        foreach ((string name, string reason) in Refused)
        {
            Assert.That(refused[name], Does.Contain(reason), name);
        }
    }

    private static IEnumerable<TestCaseData> FindCases()
    {
        if (SharedData.Find(Data) is not { } folder)
        {
            return [new TestCaseData("none", "none").Ignore($"Skipped: shared data not there: shared/data/{Data}.")];
        }

        return TestDevices.OnEach(ListCases(folder).Where(name => !Refused.ContainsKey(name)).Select(name => new object[] { name }));
    }

    private static IEnumerable<string> ListCases(string folder) =>
        Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private static PublishedCase Read(string name) => PublishedCase.Read(Path.Combine(SharedData.Require(Data), name));

    private static void AssertClose(float[] actual, float[] expected)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        for (int i = 0; i < actual.Length; i++)
        {
            // Not greater than: NaN is close to nothing.
            if (!(Math.Abs((double)actual[i] - expected[i]) <= AbsoluteTolerance + (RelativeTolerance * Math.Abs((double)expected[i]))))
            {
                Assert.Fail($"Number {i} is {actual[i]:R}, expected {expected[i]:R}.");
            }
        }
    }
}
