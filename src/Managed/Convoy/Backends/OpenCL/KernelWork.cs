namespace Convoy.Backends.OpenCL;

/// <summary>What a kernel does: for one image, but for the weights.</summary>
/// <param name="Operations">Floating-point operations, a multiply-add being two, with those on zeros that fill a tile.</param>
/// <param name="MapBytes">Bytes of feature maps, read and written once.</param>
/// <param name="WeightBytes">Bytes of packed weights, read once a launch.</param>
/// <param name="WorkspaceBytes">Bytes that a step's kernels leave for one another.</param>
internal readonly record struct KernelWork(double Operations, double MapBytes, double WeightBytes = 0, double WorkspaceBytes = 0)
{
    /// <summary>A kernel that passes once over feature maps, with so many operations for each number it writes.</summary>
    public static KernelWork Pass(long inputs, long outputs, double operationsOfOutput = 1) =>
        new(outputs * operationsOfOutput, (double)(inputs + outputs) * sizeof(float));

    /// <summary>A kernel that brings a step's input into another form for the next kernel.</summary>
    public static KernelWork ToScratch(Shape input, Shape output) => new(0, input.Count * sizeof(float), WorkspaceBytes: output.Count * sizeof(float));

    /// <summary>A launch for so many images.</summary>
    public PhaseWork Of(int images) => new(Operations * images, MapBytes * images, WeightBytes, WorkspaceBytes * images);
}
