namespace Convoy.Layers;

/// <summary>What a binary layer computes of two numbers. Its number is the same in the C library.</summary>
public enum BinaryOperation
{
    /// <summary>a + b.</summary>
    Add = 0,

    /// <summary>a - b.</summary>
    Subtract = 1,

    /// <summary>a b.</summary>
    Multiply = 2,

    /// <summary>a / b.</summary>
    Divide = 3,

    /// <summary>The smaller; NaN where either is NaN.</summary>
    Minimum = 4,

    /// <summary>The larger; NaN where either is NaN.</summary>
    Maximum = 5,
}

/// <summary>
/// Two tensors, element by element: of one shape, or either of them a number for each channel of the other, [C, 1, 1] or [C], or
/// a single number, which are broadcast over the other. The output has the larger one's shape.
/// </summary>
public sealed record Binary(BinaryOperation Operation) : Layer
{
    /// <inheritdoc/>
    public override string Op => BinaryOperations.NameOf(Operation);

    /// <inheritdoc/>
    public override int MinInputs => 2;

    /// <inheritdoc/>
    public override int MaxInputs => 2;

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        BinaryOperations.Check(Operation);
        return inputs[BinaryOperands.Of(inputs[0], inputs[1]).Whole];
    }
}

/// <summary>Which number of the smaller operand of a binary layer belongs to one of the larger.</summary>
internal enum OperandBroadcast
{
    /// <summary>The one at the same place.</summary>
    None,

    /// <summary>That of its channel.</summary>
    Channels,

    /// <summary>The only one.</summary>
    Number,
}

/// <summary>How the two operands of a binary layer meet.</summary>
/// <param name="Whole">Which of the two has the output's shape: 0 or 1.</param>
/// <param name="Broadcast">How the other is broadcast over it.</param>
internal readonly record struct BinaryOperands(int Whole, OperandBroadcast Broadcast)
{
    /// <summary>Which is the one that is broadcast.</summary>
    public int Other => 1 - Whole;

    /// <summary>Finds how two shapes meet.</summary>
    /// <exception cref="LayerException">They do not.</exception>
    public static BinaryOperands Of(Shape first, Shape second)
    {
        if (first == second)
        {
            return new BinaryOperands(0, OperandBroadcast.None);
        }

        // Of as many numbers, a vector is broadcast over the image.
        int whole = second.Count > first.Count || (second.Count == first.Count && second.IsImage) ? 1 : 0;
        (Shape large, Shape small) = whole == 0 ? (first, second) : (second, first);
        return small.Count == 1 ? new BinaryOperands(whole, OperandBroadcast.Number)
            : small.Count == small.Channels && small.Channels == large.Channels ? new BinaryOperands(whole, OperandBroadcast.Channels)
            : throw new LayerException(
                $"its two inputs must have one shape, or one of them a number for each channel of the other or a single number, but are {first} and {second}");
    }
}

/// <summary>A tensor and a constant, element by element. The output has the tensor's shape.</summary>
/// <param name="Operation">What is computed.</param>
/// <param name="Constant">One number for all elements, or one for each channel of an image or feature of a vector.</param>
/// <param name="ConstantFirst">Whether the constant is the first operand: 1 - x rather than x - 1.</param>
public sealed record BinaryConstant(BinaryOperation Operation, ImmutableArray<float> Constant, bool ConstantFirst = false) : Layer
{
    /// <summary>One number for all elements, or one for each channel.</summary>
    public ImmutableArray<float> Constant { get; init; } = Constant.IsDefault ? [] : Constant;

    /// <inheritdoc/>
    public override string Op => BinaryOperations.NameOf(Operation);

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        BinaryOperations.Check(Operation);
        int channels = inputs[0].Channels;
        return Constant.Length == 1 || Constant.Length == channels
            ? inputs[0]
            : throw new LayerException($"its constant has {Constant.Length} numbers, but must have 1, or one for each of the {channels} channels of the input {inputs[0]}");
    }

    /// <summary>Compares the numbers, not the arrays.</summary>
    public bool Equals(BinaryConstant? other) => other is not null
        && Operation == other.Operation
        && ConstantFirst == other.ConstantFirst
        && Constant.AsSpan().SequenceEqual(other.Constant.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Operation);
        hash.Add(ConstantFirst);
        foreach (float number in Constant)
        {
            hash.Add(number);
        }

        return hash.ToHashCode();
    }
}

/// <summary>The one list of binary operations' names.</summary>
internal static class BinaryOperations
{
    // In the order of their numbers.
    private static readonly ImmutableArray<string> Names = ["add", "subtract", "multiply", "divide", "min", "max"];

    /// <summary>Its name in operations: "add"; of one that is not in the list, what a refusal calls it.</summary>
    public static string NameOf(BinaryOperation operation) => IsKnown(operation) ? Names[(int)operation] : $"binary operation {(int)operation}";

    /// <summary>Refuses what is not in the list.</summary>
    /// <exception cref="LayerException">There is no such operation.</exception>
    public static void Check(BinaryOperation operation)
    {
        if (!IsKnown(operation))
        {
            throw new LayerException($"there is no {NameOf(operation)}");
        }
    }

    private static bool IsKnown(BinaryOperation operation) => (uint)operation < (uint)Names.Length;
}
