
namespace Convoy.Tests.Conformance;

/// <summary>
/// The ONNX backend test suite's single-operator cases, as far as the layer graph has the operator, on every device.
/// </summary>
public sealed class PublishedCaseTests
{
    private const string Data = "onnx-node-tests";

    // What ran when this was written; it may only grow.
    private const int FewestCases = 102;

    [TestCaseSource(nameof(FindCases))]
    public void A_published_case_gets_its_published_answer(string name, string device)
    {
        LayerProblem problem = NodeTranslation.Translate(Read(name));
        float[] actual = Run(problem, Device.Find(device));

        // Some answers were published with four digits.
        Agreement.AssertClose(actual, problem.Expected, "the published answer", relativeError: 1e-3);
    }

    [Test]
    public void No_fewer_published_cases_are_run_than_before_and_the_others_say_why()
    {
        int inside = 0;
        foreach (string name in ListCases(SharedData.Require(Data)))
        {
            if (FindReasonOutside(name) is { } reason)
            {
                TestContext.Out.WriteLine($"{name}: {reason}");
            }
            else
            {
                inside++;
            }
        }

        Assert.That(inside, Is.AtLeast(FewestCases));
    }

    private static IEnumerable<TestCaseData> FindCases()
    {
        if (SharedData.Find(Data) is not { } folder)
        {
            return [new TestCaseData("none", "none").Ignore($"Skipped: shared data not there: shared/data/{Data}.")];
        }

        return from name in ListCases(folder)
               where FindReasonOutside(name) is null
               from device in Device.All
               where device.IsAvailable
               select new TestCaseData(name, device.Name);
    }

    private static IEnumerable<string> ListCases(string folder) =>
        Directory.GetDirectories(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);

    private static PublishedCase Read(string name) => PublishedCase.Read(Path.Combine(SharedData.Require(Data), name));

    private static string? FindReasonOutside(string name)
    {
        try
        {
            NodeTranslation.Translate(Read(name));
            return null;
        }
        catch (OutsideGraphException e)
        {
            return e.Message;
        }
    }

    private static float[] Run(LayerProblem problem, Device device)
    {
        using WeightSet weights = WeightSet.FromTensors("the published case", problem.Weights);
        int count = problem.Images.Length / (int)problem.Network.Input.Shape.Count;
        using InferenceSession session = problem.Network.Compile(device, weights, new SessionOptions { BatchSize = count });
        var scores = new float[count * (int)problem.Network.Output.Shape.Count];
        scores.AsSpan().Fill(float.NaN);
        session.Run(problem.Images, scores);
        return scores;
    }
}
