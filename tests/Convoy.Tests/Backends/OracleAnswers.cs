using System.Collections.Concurrent;
using Convoy.Backends.Reference;
using Convoy.Tests.Cases;

namespace Convoy.Tests.Backends;

/// <summary>The oracle's answers to the large cases, which several instruction sets are compared with, computed once.</summary>
internal static class OracleAnswers
{
    private const long WorthKeeping = 10_000_000;
    private static readonly ConcurrentDictionary<string, float[]> Answers = new();

    public static float[] Get(ReferenceBackend oracle, OperatorCase operatorCase, float[][] inputs, StepWeights weights) =>
        operatorCase.ToGraph().Steps[0].MultiplyAdds < WorthKeeping
            ? OperatorRunner.Run(oracle, operatorCase, inputs, weights)
            : Answers.GetOrAdd(operatorCase.Name, _ => OperatorRunner.Run(oracle, operatorCase, inputs, weights));
}
