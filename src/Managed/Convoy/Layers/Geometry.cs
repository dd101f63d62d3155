using System.Globalization;

namespace Convoy.Layers;

/// <summary>A height and a width: of a kernel, a stride or a dilation. A single number stands for a square.</summary>
public readonly record struct Extent2D(int Height, int Width)
{
    /// <summary>A square.</summary>
    public static implicit operator Extent2D(int side) => new(side, side);

    /// <summary>A square.</summary>
    public static Extent2D FromInt32(int side) => side;

    /// <summary>"11 x 11".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Height} x {Width}");
}

/// <summary>How a window's padding is found.</summary>
public enum PaddingMode
{
    /// <summary>The four numbers are given.</summary>
    Explicit,

    /// <summary>Output extent = ceil(input / stride); an odd row or column of padding goes to the bottom or right.</summary>
    SameUpper,

    /// <summary>Output extent = ceil(input / stride); an odd row or column of padding goes to the top or left.</summary>
    SameLower,
}

/// <summary>Rows and columns of padding around an image. A single number stands for all four sides.</summary>
public readonly record struct Padding(int Top, int Left, int Bottom, int Right)
{
    /// <summary>Whether the four numbers count, or are derived from the input.</summary>
    public PaddingMode Mode { get; private init; }

    /// <summary>SAME padding, the odd one at the bottom and right (TensorFlow, ONNX SAME_UPPER).</summary>
    public static Padding Same { get; } = new() { Mode = PaddingMode.SameUpper };

    /// <summary>SAME padding, the odd one at the top and left (ONNX SAME_LOWER).</summary>
    public static Padding SameLower { get; } = new() { Mode = PaddingMode.SameLower };

    /// <summary>True when nothing is padded.</summary>
    public bool IsNone => this == default;

    /// <summary>The same padding on all four sides.</summary>
    public static implicit operator Padding(int side) => new(side, side, side, side);

    /// <summary>The same padding on all four sides.</summary>
    public static Padding FromInt32(int side) => side;

    /// <summary>"2" when all sides agree, "same", or "top 0, left 1, bottom 0, right 1".</summary>
    public override string ToString() => Mode switch
    {
        PaddingMode.SameUpper => "same",
        PaddingMode.SameLower => "same-lower",
        PaddingMode.Explicit when Top == Left && Left == Bottom && Bottom == Right => Top.ToString(CultureInfo.InvariantCulture),
        PaddingMode.Explicit => string.Create(CultureInfo.InvariantCulture, $"top {Top}, left {Left}, bottom {Bottom}, right {Right}"),
        _ => throw new InvalidOperationException($"There is no padding mode {Mode}."),
    };
}
