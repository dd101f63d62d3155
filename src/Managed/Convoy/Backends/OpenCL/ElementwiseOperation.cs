using Convoy.Backends.OpenCL.Interop;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL;

/// <summary>Which number of elementwise.cl's second operand belongs to one of the first; it has the names as OPERAND_TENSOR and so on.</summary>
internal enum ElementwiseOperand
{
    /// <summary>The one at the same place.</summary>
    Tensor,

    /// <summary>That of its channel.</summary>
    Channel,

    /// <summary>The only one.</summary>
    Scalar,

    /// <summary>That of its channel in the same image.</summary>
    ImageChannel,

    /// <summary>That of the same image.</summary>
    ImageScalar,
}

/// <summary>What elementwise.cl computes of its operands before the activation: a row of the one list there is.</summary>
/// <param name="Binary">What layers ask for; null for the first operand as it is.</param>
/// <param name="Expression">OpenCL C for the numbers <c>a</c> and <c>b</c>; <c>b</c> is not read where it is not mentioned.</param>
/// <param name="Ulps">The largest error in units of the result's last place. A device may take numbers below 1.2e-38 for 0.</param>
internal sealed record ElementwiseOperation(BinaryOperation? Binary, string Expression, double Ulps)
{
    /// <summary>The first operand as it is.</summary>
    public static ElementwiseOperation Copy { get; } = new(null, "a", Ulps: 0.5);

    /// <summary>All of them.</summary>
    public static ImmutableArray<ElementwiseOperation> All { get; } =
    [
        Copy,
        new(BinaryOperation.Add, "a + b", Ulps: 0.5),
        new(BinaryOperation.Subtract, "a - b", Ulps: 0.5),
        new(BinaryOperation.Multiply, "a * b", Ulps: 0.5),
        new(BinaryOperation.Divide, "a / b", Ulps: 2.5),
        new(BinaryOperation.Minimum, "a < b || isnan(a) ? a : b", Ulps: 0.5),
        new(BinaryOperation.Maximum, "a > b || isnan(a) ? a : b", Ulps: 0.5),
    ];

    /// <summary>The lines in the source for which number the second operand is, of those of the row that begins at an element, of its i-th, and of the image, which has so many channels.</summary>
    public static ImmutableArray<string> Operands { get; } =
    [
        .. Enum.GetValues<ElementwiseOperand>().Select(each => $"#define {MacroOf(each)}(row, i, image, channels) ({IndexOf(each)})"),
    ];

    /// <summary>Its line in the source.</summary>
    public string Definition => $"#define {Macro}(a, b) ({Expression})";

    private string Macro => $"ELEMENTWISE_{KernelTypes.ToMacro(Binary?.ToString() ?? nameof(Copy))}";

    /// <summary>Finds a layer's operation.</summary>
    /// <param name="layer">Its name.</param>
    /// <param name="operation">What it asks for.</param>
    /// <exception cref="BackendException">It is not in the list.</exception>
    public static ElementwiseOperation Of(string layer, BinaryOperation operation) => All.FirstOrDefault(each => each.Binary == operation)
        ?? throw new BackendException($"Layer '{layer}': the OpenCL backend does not know the operation {operation}.");

    /// <summary>The options of a kernel that computes it alone.</summary>
    /// <param name="operand">Which number the second operand is.</param>
    /// <param name="isSecondFirst">Whether the expression's a is the second operand.</param>
    public string Options(ElementwiseOperand operand, bool isSecondFirst) =>
        $"-D ELEMENTWISE={Macro} -D OPERAND={MacroOf(operand)} -D X2_FIRST={(isSecondFirst ? 1 : 0)}";

    private static string MacroOf(ElementwiseOperand operand) => $"OPERAND_{KernelTypes.ToMacro(operand.ToString())}";

    private static string IndexOf(ElementwiseOperand operand) => operand switch
    {
        ElementwiseOperand.Tensor => "row + i",
        ElementwiseOperand.Channel => "i",
        ElementwiseOperand.Scalar => "0",
        ElementwiseOperand.ImageChannel => "image * channels + i",
        ElementwiseOperand.ImageScalar => "image",
        _ => throw new ArgumentOutOfRangeException(nameof(operand), operand, null),
    };
}
