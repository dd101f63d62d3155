using Convoy.Backends.OpenCL.Interop;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL;

/// <summary>Prepares instance normalisations (instance_norm.cl): the moments of segments of pixels, those of images, the results.</summary>
internal sealed class InstanceNormPreparation(DeviceMemory memory, DeviceTraits device, KernelLibrary kernels)
{
    private const string File = "instance_norm.cl";

    // What single precision adds up without losing digits that count.
    private const int SegmentPixels = 256;

    /// <summary>Prepares a layer.</summary>
    public PreparedOpenClRegion Prepare(FusedStep step, InstanceNormalization layer, StepWeights weights, int batch)
    {
        List<KernelLaunch> launches = [];
        List<IDisposable> owned = [];
        try
        {
            ClBuffer Own(string what, ReadOnlySpan<float> numbers)
            {
                ClBuffer buffer = memory.From($"Layer '{step.Name}': its {what}", numbers);
                owned.Add(buffer);
                return buffer;
            }

            var plan = new Segments(step.OutputShape);
            ReadOnlySpan<float> slopes = weights.Slopes.Span;
            string options = KernelActivation.OptionsFor(step.Name, step.Activation);
            launches.Add(SegmentsLaunch(plan, options));
            launches.Add(MomentsLaunch(plan, options, layer.Epsilon, Own("weights", weights.Kernel.Span)));
            launches.Add(ResultsLaunch(plan, options, Own("bias", weights.Bias.Span), slopes.IsEmpty ? null : Own("slopes", slopes)));
            return new PreparedOpenClRegion("simple", launches, owned, Layout.Nhwc, Layout.Nhwc)
            {
                PackedBytes = ((2 * plan.Channels) + slopes.Length) * sizeof(float),
                CountWorkspaceFloats = plan.CountFloats,
                WorkItems = (long)plan.Pixels * batch,
            };
        }
        catch
        {
            launches.ForEach(each => each.Dispose());
            owned.ForEach(each => each.Dispose());
            throw;
        }
    }

    private KernelLaunch SegmentsLaunch(Segments plan, string options) => kernels.Launch(new KernelForm(File, "instance_segments", options), plan.ReadingWork, k =>
    {
        SetConstants(k, plan);
        k.Set("segments", plan.Count);
        k.Set("segment_pixels", SegmentPixels);
        var x = new TensorArgument(k, "x");
        var moments = new TensorArgument(k, "moments");
        return (arena, in run) =>
        {
            x.SetInput(arena, run);
            moments.Set(arena.Maps, run.Workspace);
            return new WorkSize(device.Pieces(plan.Channels), (long)plan.Count * run.Images);
        };
    });

    private KernelLaunch MomentsLaunch(Segments plan, string options, float epsilon, ClBuffer weights) =>
        kernels.Launch(new KernelForm(File, "instance_moments", options), plan.MomentsWork, k =>
        {
            SetConstants(k, plan);
            k.Set("segments", plan.Count);
            k.Set("segment_pixels", SegmentPixels);
            k.Set("epsilon", epsilon);
            k.Set("weights", weights);
            var moments = new TensorArgument(k, "moments");
            var factors = new TensorArgument(k, "factors");
            return (arena, in run) =>
            {
                moments.Set(arena.Maps, run.Workspace);
                factors.Set(arena.Maps, run.Workspace + plan.FactorsOffset(run.Images));
                return new WorkSize(device.Pieces(plan.Channels), run.Images);
            };
        });

    private KernelLaunch ResultsLaunch(Segments plan, string options, ClBuffer bias, ClBuffer? slopes) =>
        kernels.Launch(new KernelForm(File, "instance_norm", options), plan.ResultsWork, k =>
        {
            SetConstants(k, plan);
            k.Set("bias", bias);
            k.Set("slopes", slopes);
            var x = new TensorArgument(k, "x");
            var factors = new TensorArgument(k, "factors");
            var y = new TensorArgument(k, "y");
            return (arena, in run) =>
            {
                x.SetInput(arena, run);
                factors.Set(arena.Maps, run.Workspace + plan.FactorsOffset(run.Images));
                y.SetOutput(arena, run);
                return new WorkSize(device.Pieces(plan.Channels), (long)plan.Pixels * run.Images);
            };
        });

    private void SetConstants(ClKernel kernel, Segments plan)
    {
        kernel.Set("pixels", plan.Pixels);
        kernel.Set("channels", plan.Channels);
        kernel.Set("piece", device.Piece(plan.Channels));
    }

    /// <summary>The segments of an image, and where their moments and the image's lie in the workspace.</summary>
    private sealed class Segments(Shape shape)
    {
        public int Pixels { get; } = checked(shape.Height * shape.Width);

        public int Channels => shape.Channels;

        public int Count => (Pixels + SegmentPixels - 1) / SegmentPixels;

        /// <summary>Of the moments of segments: a sum, and a sum of squares.</summary>
        public KernelWork ReadingWork => new(3.0 * shape.Count, shape.Count * sizeof(float), WorkspaceBytes: MomentBytes);

        /// <summary>Of the moments of images.</summary>
        public KernelWork MomentsWork => new(4.0 * Count * Channels, 0, WorkspaceBytes: MomentBytes);

        /// <summary>Of the results.</summary>
        public KernelWork ResultsWork => KernelWork.Pass(shape.Count, shape.Count, 2);

        private double MomentBytes => 2.0 * Count * Channels * sizeof(float);

        /// <summary>Bytes before the images' means and gains.</summary>
        public long FactorsOffset(int images) => 2L * images * Count * Channels * sizeof(float);

        /// <summary>Floats of all.</summary>
        public long CountFloats(int images) => 2L * images * (Count + 1) * Channels;
    }
}
