using System.Runtime.InteropServices;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Chains;

/// <summary>
/// Has a core carry images through many small layers in one kernel, chain.cl. A GPU has no cache that a lane's maps stay in,
/// and is given the layers one by one.
/// </summary>
internal sealed class ChainPreparation(DeviceMemory memory, DeviceTraits device, KernelLibrary kernels, OpenClOptions options)
{
    // Of fewer, images go one by one through all cores.
    private const int FullGroups = 2;

    // So that a core which others use too leaves some to its neighbours.
    private const int ItemsOfCore = 4;

    /// <summary>How many of steps that follow each other, from the first on, make a chain; 0 where none do.</summary>
    public int CountTogether(ReadOnlySpan<FusedStep> run, int batch)
    {
        // Who asks for an algorithm gets it, layer by layer.
        if (!device.IsCpu || !options.AllowsChains || options.Convolutions != ConvolutionAlgorithm.Auto || options.Only is not null)
        {
            return 0;
        }

        int count = run.Length;
        while (count > 1 && ChainPlan.TryPlan(run[..count], LanesAreImages(batch), device.VectorWidth) is null)
        {
            count--;
        }

        return count > 1 ? count : 0;
    }

    /// <summary>The form in which steps that make a chain are computed.</summary>
    public RegionForm FormOf(ImmutableArray<FusedStep> steps, int batch)
    {
        ChainPlan plan = ChainPlan.TryPlan(steps.AsSpan(), LanesAreImages(batch), device.VectorWidth)
            ?? throw new InvalidOperationException("These steps make no chain.");
        string name = plan.GroupImages > 1 ? $"chain of {plan.GroupImages} images" : $"chain of {device.VectorWidth} channels";
        return new RegionForm(name, weights => Prepare(steps, plan, name, weights, batch));
    }

    private bool LanesAreImages(int batch) => batch >= FullGroups * device.VectorWidth;

    private PreparedOpenClRegion Prepare(ImmutableArray<FusedStep> steps, ChainPlan plan, string name, StepWeights[] weights, int batch)
    {
        var packed = new float[plan.WeightFloats];
        foreach (ChainLayer layer in plan.Layers)
        {
            layer.Pack(weights[layer.Step], packed);
        }

        List<IDisposable> owned = [];
        ImageStaging? source = memory.IsInPlaceAnywhere ? new(memory, checked(steps[0].InputShapes[0].Count * batch * sizeof(float))) : null;
        try
        {
            ClBuffer weightBuffer = Own(memory.From($"Layer '{steps[0].Name}' and those behind it: their packed weights", packed));
            ClBuffer stageBuffer = Own(memory.From($"Layer '{steps[0].Name}' and those behind it: their stages", MemoryMarshal.Cast<ChainStage, float>([.. plan.Stages])));
            var work = new KernelWork(
                2.0 * plan.MultiplyAdds, (double)(steps[0].InputShapes[0].Count + steps[^1].OutputShape.Count) * sizeof(float), weightBuffer.Bytes);
            KernelLaunch launch = kernels.Launch(FormOf(steps[0].Name, plan), work, k =>
            {
                k.Set("weights", weightBuffer);
                k.Set("stages", stageBuffer);
                k.Set("shape", plan.Shape);
                ClArgument<int> images = k.Argument<int>("images");
                var x = new TensorArgument(k, "x");
                var y = new TensorArgument(k, "y");
                var workspace = new TensorArgument(k, "workspace");
                return (arena, in run) =>
                {
                    if (run.Source.IsEmpty)
                    {
                        x.SetInput(arena, run);
                    }
                    else
                    {
                        x.Set(source!.Images, 0);
                    }

                    y.SetOutput(arena, run);
                    workspace.Set(arena.Maps, run.Workspace);
                    images.Set(run.Images);
                    return new WorkSize(CountItems(plan, run.Images));
                };
            });
            return new PreparedOpenClRegion(name, [launch], owned, Layout.Nhwc, Layout.Nhwc)
            {
                Source = source,
                PackedBytes = weightBuffer.Bytes + stageBuffer.Bytes,
                CountWorkspaceFloats = count => CountItems(plan, count) * plan.GroupFloats,
                WorkItems = CountItems(plan, batch),
            };
        }
        catch
        {
            owned.ForEach(each => each.Dispose());
            source?.Dispose();
            throw;
        }

        ClBuffer Own(ClBuffer buffer)
        {
            owned.Add(buffer);
            return buffer;
        }
    }

    private static KernelForm FormOf(string layer, ChainPlan plan) => new(
        "chain.cl", "chain", $"-D LANES_ARE_IMAGES={(plan.GroupImages > 1 ? 1 : 0)} {KernelActivation.OptionsFor(layer, plan.Activation)}", new WorkSize(1));

    /// <summary>Work-items for so many images: each takes a group after the other.</summary>
    private int CountItems(ChainPlan plan, int images) =>
        Math.Min((images + plan.GroupImages - 1) / plan.GroupImages, ItemsOfCore * memory.Context.Device.ComputeUnits);
}
