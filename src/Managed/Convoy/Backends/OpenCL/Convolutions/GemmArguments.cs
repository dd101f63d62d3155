using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>The arguments of convolution.cl: those that never change, set, and those of the run.</summary>
internal readonly struct GemmArguments
{
    public GemmArguments(ClKernel kernel, PackedLayer packed, ConvolutionShape shape)
    {
        packed.SetOn(kernel);
        kernel.Set("shape", shape);
        X = new TensorArgument(kernel, "x");
        Y = new TensorArgument(kernel, "y");
        Planes = kernel.Argument<ConvolutionPlanes>("planes");
    }

    public TensorArgument X { get; }

    public TensorArgument Y { get; }

    public ClArgument<ConvolutionPlanes> Planes { get; }
}
