namespace Convoy.Tests.Cases;

/// <summary>One layer over inputs of given shapes: what every backend is asked to compute alike.</summary>
public sealed record OperatorCase(string Name, Layer Layer, Shape[] Inputs, Activation Activation = Activation.None, int Batch = 1)
{
    /// <summary>Pooling that the layer's step does too; only backends that take it are asked.</summary>
    public Pool2D? Pool { get; init; }

    /// <summary>The output of one image.</summary>
    public Shape Output => Pool is null ? Layer.InferShape(Inputs) : Pool.InferShape([Layer.InferShape(Inputs)]);

    /// <summary>The parameters' element counts, the kernel's first.</summary>
    public int KernelCount => ParameterCount("weight");

    /// <summary>The bias's element count; 0 without one.</summary>
    public int BiasCount => ParameterCount("bias");

    /// <summary>The case as a backend is asked for it: inputs are values 0 and on, the output the one behind them.</summary>
    public FusedStep ToStep() => new()
    {
        Name = Name,
        Layer = Layer,
        Activation = Layer is ActivationLayer layer ? layer.Function : Activation,
        Pool = Pool,
        Nodes = [],
        Inputs = [.. Enumerable.Range(0, Inputs.Length)],
        Output = Inputs.Length,
        InputShapes = [.. Inputs],
        OutputShape = Output,
    };

    /// <inheritdoc/>
    public override string ToString() => Name;

    private int ParameterCount(string name) =>
        (int)Layer.GetParameters(Inputs).Where(parameter => parameter.Name == name).Sum(parameter => parameter.Shape.Count);
}
