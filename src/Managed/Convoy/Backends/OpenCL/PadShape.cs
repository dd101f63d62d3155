using Convoy.Backends.OpenCL.Interop;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL;

/// <summary>What pad.cl does: a feature map with a number around it.</summary>
/// <param name="Input">One image of the input.</param>
/// <param name="Padded">One image of the output.</param>
/// <param name="Padding">Rows and columns around the input.</param>
/// <param name="Value">What they are made of.</param>
internal sealed record PadShape(Shape Input, Shape Padded, Padding Padding, float Value)
{
    /// <summary>The kernel.</summary>
    public static KernelForm Form { get; } = new("pad.cl", "pad");

    private int Row => Padded.Width * Padded.Channels;

    /// <summary>Sets the arguments that never change.</summary>
    public void SetOn(ClKernel kernel, DeviceTraits device)
    {
        kernel.Set("height", Input.Height);
        kernel.Set("width_floats", Input.Width * Input.Channels);
        kernel.Set("padded_height", Padded.Height);
        kernel.Set("padded_width_floats", Row);
        kernel.Set("top", Padding.Top);
        kernel.Set("left_floats", Padding.Left * Input.Channels);
        kernel.Set("value", Value);
        kernel.Set("piece", device.Piece(Row));
    }

    /// <summary>Work-items for so many images.</summary>
    public WorkSize Global(DeviceTraits device, int images) => new(device.Pieces(Row), (long)Padded.Height * images);
}
