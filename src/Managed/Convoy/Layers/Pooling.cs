namespace Convoy.Layers;

/// <summary>What pooling does with a window's elements.</summary>
public enum PoolKind
{
    /// <summary>The largest; padding never wins.</summary>
    Max,

    /// <summary>The mean.</summary>
    Average,
}

/// <summary>
/// Pooling over a sliding window, channel by channel. Input [C, H, W]; output [C, H', W'].
/// </summary>
/// <param name="Kind">Maximum or average.</param>
/// <param name="Kernel">The window.</param>
/// <param name="Stride">Its step.</param>
/// <param name="Padding">Padding around the image, on each side less than the window.</param>
/// <param name="CeilMode">Round the output extent up, so that no pixel is left out.</param>
/// <param name="CountPadding">Average only: divide by the padded elements too.</param>
/// <param name="Dilation">The step from one of the window's elements to the next; 1 where not given.</param>
public sealed record Pool2D(
    PoolKind Kind,
    Extent2D Kernel,
    Extent2D Stride,
    Padding Padding,
    bool CeilMode = false,
    bool CountPadding = true,
    Extent2D? Dilation = null) : Layer
{
    /// <summary>The step from one of the window's elements to the next.</summary>
    public Extent2D? Dilation { get; init => field = value ?? 1; } = Dilation ?? 1;

    /// <inheritdoc/>
    public override string Op => Kind switch
    {
        PoolKind.Max => "maxpool",
        PoolKind.Average => "avgpool",
        _ => PoolKinds.TitleOf(Kind),
    };

    /// <summary>The window's geometry.</summary>
    public SlidingWindow Window => new(Kernel, Stride, Padding, Dilation ?? 1, CeilMode);

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        PoolKinds.Check(Kind);
        Shape input = RequireImage(inputs[0]);
        Extent2D output = Window.InferOutput(input);
        Padding padding = Window.ResolvePadding(input);

        // A window wholly in the padding has no maximum and no mean.
        Extent2D reach = Window.Reach;
        if (Math.Max(padding.Top, padding.Bottom) >= reach.Height || Math.Max(padding.Left, padding.Right) >= reach.Width)
        {
            throw new LayerException($"a padding of {padding} is as large as the pooling kernel {Window.Describe()} over the input {input}");
        }

        if (MissesImage(output.Height, Window.Dilation.Height, Kernel.Height, Stride.Height, padding.Top, input.Height)
            || MissesImage(output.Width, Window.Dilation.Width, Kernel.Width, Stride.Width, padding.Left, input.Width))
        {
            throw new LayerException($"a padding of {padding} lets the pooling kernel {Window.Describe()} step over the whole input {input}");
        }

        return Shape.Image(input.Channels, output.Height, output.Width);
    }

    /// <summary>Whether there is a window along an axis none of whose elements lies in the image: a dilated one may step over it.</summary>
    private static bool MissesImage(int outputs, int dilation, int kernel, int stride, int before, int extent)
    {
        for (int i = 0; i < outputs && dilation > extent; i++)
        {
            int start = (i * stride) - before;
            int first = start >= 0 ? 0 : (dilation - 1 - start) / dilation;
            if (first >= kernel || start + (first * dilation) >= extent)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>
/// Pooling to a fixed extent whatever the input's: window i of n over h rows is [floor(i h / n), ceil((i + 1) h / n)), as
/// torchvision's AlexNet uses it. An extent of 1 is global pooling. Input [C, H, W]; output [C, H', W'].
/// </summary>
public sealed record AdaptivePool2D(PoolKind Kind, Extent2D Output) : Layer
{
    /// <inheritdoc/>
    public override string Op => Kind switch
    {
        PoolKind.Max => Output == 1 ? "globalmaxpool" : "adaptivemaxpool",
        PoolKind.Average => Output == 1 ? "globalpool" : "adaptivepool",
        _ => PoolKinds.TitleOf(Kind),
    };

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        PoolKinds.Check(Kind);
        Shape input = RequireImage(inputs[0]);
        if (Output.Height < 1 || Output.Width < 1 || Output.Height > SlidingWindow.MaxExtent || Output.Width > SlidingWindow.MaxExtent)
        {
            throw new LayerException($"an adaptive pooling to {Output} is impossible: both extents must be from 1 to {SlidingWindow.MaxExtent:N0}");
        }

        return Shape.Image(input.Channels, Output.Height, Output.Width);
    }
}

/// <summary>The kinds of pooling there are.</summary>
internal static class PoolKinds
{
    /// <summary>Its name as tables show it: "max", "average"; of one that there is not, what a refusal calls it.</summary>
    public static string TitleOf(PoolKind kind) => kind switch
    {
        PoolKind.Max => "max",
        PoolKind.Average => "average",
        _ => $"pooling of the kind {(int)kind}",
    };

    /// <summary>Refuses what is not one.</summary>
    /// <exception cref="LayerException">There is no such kind.</exception>
    public static void Check(PoolKind kind)
    {
        if (!Enum.IsDefined(kind))
        {
            throw new LayerException($"there is no {TitleOf(kind)}");
        }
    }
}
