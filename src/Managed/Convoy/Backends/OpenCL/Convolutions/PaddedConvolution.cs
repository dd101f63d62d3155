using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>The input of kernels that test nothing: as it is, or copied into scratch with zeros around it.</summary>
internal sealed record PaddedInput(Shape Input, Shape Padded, Padding Padding)
{
    /// <summary>Whether it is copied.</summary>
    public bool IsCopied => !Padding.IsNone;
}

/// <summary>Puts a convolution's kernel together with the padding of its input before it, where there is any (pad.cl).</summary>
internal sealed class PaddedConvolution(DeviceMemory memory, DeviceTraits device, KernelLibrary kernels)
{
    /// <summary>The input of a step's convolution.</summary>
    /// <exception cref="BackendException">The device does not allocate as much at a time.</exception>
    public PaddedInput Pad(FusedStep step, Convolution2D layer)
    {
        Shape input = step.InputShapes[0];
        Padding padding = layer.Window.ResolvePadding(input);
        Shape padded = Shape.Image(
            input.Channels, input.Height + padding.Top + padding.Bottom, input.Width + padding.Left + padding.Right);
        memory.ThrowIfTooLarge($"Layer '{step.Name}': its padded input", padded.Count * sizeof(float));
        return new PaddedInput(input, padded, padding);
    }

    /// <summary>The region of a kernel that owns its weights and is told what it does.</summary>
    public PreparedOpenClRegion Assemble(
        ConvolutionTask task, string tile, PackedLayer packed, long workItems, PaddedInput input, Func<KernelWork, KernelLaunch> convolution) =>
        Assemble(task, tile, [packed], workItems, input, (work, _) => convolution(work));

    /// <summary>The region of a kernel for each part of the weights, by its number.</summary>
    public PreparedOpenClRegion Assemble(
        ConvolutionTask task, string tile, IReadOnlyList<PackedLayer> parts, long workItems, PaddedInput input, Func<KernelWork, int, KernelLaunch> convolution)
    {
        (Shape output, Shape stored) = (task.Step.OutputShape, task.Output);
        double read = input.IsCopied ? 0 : input.Input.Count * sizeof(float);
        long packedBytes = parts.Sum(part => part.Bytes);
        List<KernelLaunch> launches = [];
        try
        {
            if (input.IsCopied)
            {
                launches.Add(PadLaunch(input));
            }

            for (int i = 0; i < parts.Count; i++)
            {
                double share = (double)parts[i].Bytes / packedBytes;
                launches.Add(convolution(
                    new KernelWork(
                        2.0 * output.Height * output.Width * parts[i].WeightCount,
                        read + (stored.Count * sizeof(float) * share),
                        parts[i].Bytes,
                        input.IsCopied ? input.Padded.Count * sizeof(float) : 0),
                    i));
            }

            string inParts = parts.Count > 1 ? $" in {parts.Count} parts" : "";
            return new PreparedOpenClRegion($"{task.Algorithm} {tile}{inParts}", launches, parts, Layout.Nhwc, Layout.Nhwc)
            {
                Choice = task.Reason,
                PackedBytes = packedBytes,
                MicroBatch = Cut(task, 2.0 * output.Height * output.Width * parts.Max(part => part.WeightCount)),
                ImageScratchBytes = input.IsCopied ? input.Padded.Count * sizeof(float) : 0,
                WorkItems = workItems,
            };
        }
        catch
        {
            launches.ForEach(each => each.Dispose());
            foreach (PackedLayer part in parts)
            {
                part.Dispose();
            }

            throw;
        }
    }

    /// <summary>The images of a launch that is not too long for a GPU; null for all.</summary>
    private MicroBatch? Cut(ConvolutionTask task, double operations)
    {
        int images = device.IsCpu ? task.Batch : (int)Math.Clamp(device.MostLaunchOperations / operations, 1, task.Batch);
        return images == task.Batch ? null : new MicroBatch(images, task.Step.InputShapes[0].Count * sizeof(float), task.Output.Count * sizeof(float));
    }

    private KernelLaunch PadLaunch(PaddedInput copied)
    {
        var shape = new PadShape(copied.Input, copied.Padded, copied.Padding, Value: 0);
        return kernels.LaunchToScratch(PadShape.Form, KernelWork.ToScratch(copied.Input, copied.Padded), k => shape.SetOn(k, device), images => shape.Global(device, images));
    }
}
