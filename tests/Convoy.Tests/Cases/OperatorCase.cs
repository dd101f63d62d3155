namespace Convoy.Tests.Cases;

/// <summary>One layer over inputs of given shapes: what every backend is asked to compute alike.</summary>
public sealed record OperatorCase(string Name, Layer Layer, Shape[] Inputs, Activation Activation = default, int Batch = 1)
{
    /// <summary>Pooling behind the layer, which a backend may compute together with it.</summary>
    public Pool2D? Pool { get; init; }

    /// <summary>The output of one image.</summary>
    public Shape Output => Pool is null ? Layer.InferShape(Inputs) : Pool.InferShape([Layer.InferShape(Inputs)]);

    /// <summary>The activation of the step: the one behind the layer, or the layer itself.</summary>
    public Activation Function => Layer is ActivationLayer layer ? layer.Function : Activation;

    /// <summary>The kernel's element count; 0 for a layer without weights.</summary>
    public int KernelCount => Layer is ActivationLayer ? 0 : ParameterCount("weight");

    /// <summary>The bias's element count; 0 without one.</summary>
    public int BiasCount => ParameterCount("bias");

    /// <summary>The activation's trained slopes; 0 for one without.</summary>
    public int SlopeCount => Function.HasSlopes ? Output.Channels : 0;

    /// <summary>The case as a backend is asked for it: inputs are values 0 and on, the output the one behind them, and behind that the pooled one.</summary>
    internal StepGraph ToGraph()
    {
        var step = new FusedStep
        {
            Name = Name,
            Layer = Layer,
            Activation = Function,
            Nodes = [],
            Inputs = [.. Enumerable.Range(0, Inputs.Length)],
            Output = Inputs.Length,
            InputShapes = [.. Inputs],
            OutputShape = Layer.InferShape(Inputs),
        };
        if (Pool is null)
        {
            return new StepGraph([step], [.. Inputs, Output], [step.Output]);
        }

        var pool = new FusedStep
        {
            Name = $"{Name}, pool",
            Layer = Pool,
            Nodes = [],
            Inputs = [step.Output],
            Output = step.Output + 1,
            InputShapes = [step.OutputShape],
            OutputShape = Output,
        };
        return new StepGraph([step, pool], [.. Inputs, step.OutputShape, Output], [pool.Output]);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private int ParameterCount(string name) =>
        (int)Layer.GetParameters(Inputs).Where(parameter => parameter.Name == name).Sum(parameter => parameter.Shape.Count);
}
