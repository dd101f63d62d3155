namespace Convoy.Tensors;

/// <summary>
/// The order in which a batch of feature maps lies in memory. A layout is a value that steps state and the planner
/// compares; it inserts a transform only where neighbours disagree.
/// </summary>
internal enum Layout
{
    /// <summary>Image, channel, row, column: the order every framework hands images over in.</summary>
    Nchw,

    /// <summary>Image, row, column, channel: neighbouring channels are neighbours in memory, so kernels vectorise over them.</summary>
    Nhwc,
}

/// <summary>Facts about layouts.</summary>
internal static class Layouts
{
    /// <summary>True when a shape's elements lie in the same order in both layouts: a vector, one channel, or one pixel.</summary>
    public static bool Agree(Layout left, Layout right, Shape shape) =>
        left == right || !shape.IsImage || shape.Channels == 1 || (shape.Height == 1 && shape.Width == 1);
}
