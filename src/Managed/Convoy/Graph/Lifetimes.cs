namespace Convoy.Graph;

/// <summary>The steps between which a value must be kept, both included.</summary>
/// <param name="FirstStep">The step that writes it; -1 for what is there before the first step.</param>
/// <param name="LastStep">The last step that reads it; the number of steps for the answer.</param>
public readonly record struct Lifetime(int FirstStep, int LastStep);

/// <summary>Finds how long values live: a pure function of who reads what.</summary>
public static class Lifetimes
{
    /// <summary>The lifetime of every value. Value 0 is the input, and step i writes value i + 1.</summary>
    /// <param name="stepInputs">The values each step reads, in the order the steps run.</param>
    /// <param name="output">The value that is the answer.</param>
    public static Lifetime[] Find(IReadOnlyList<int[]> stepInputs, int output)
    {
        ArgumentNullException.ThrowIfNull(stepInputs);
        var lifetimes = new Lifetime[stepInputs.Count + 1];
        lifetimes[0] = new Lifetime(-1, -1);
        for (int step = 0; step < stepInputs.Count; step++)
        {
            lifetimes[step + 1] = new Lifetime(step, step);
            foreach (int input in stepInputs[step])
            {
                lifetimes[input] = lifetimes[input] with { LastStep = step };
            }
        }

        lifetimes[output] = lifetimes[output] with { LastStep = stepInputs.Count };
        return lifetimes;
    }
}
