using Convoy.Backends.Winograd;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>What the kernels of Winograd's algorithm do, for one image.</summary>
internal static class WinogradWork
{
    /// <summary>The input transform: along each axis a value is half of the inputs, multiplied and added, and a sum or difference.</summary>
    public static KernelWork OfInput(WinogradGeometry geometry, Shape input)
    {
        double values = geometry.PointsOfTiles * geometry.Channels;
        double maps = (geometry.IsFolded ? 0 : input.Count) * sizeof(float);
        double folded = (geometry.IsFolded ? geometry.Folded.Count : 0) * sizeof(float);
        return new KernelWork(2 * values * (geometry.Points + 1), maps, WorkspaceBytes: folded + (values * sizeof(float)));
    }

    /// <summary>The GEMMs: every panel reads all values.</summary>
    public static KernelWork OfGemm(WinogradGeometry geometry, int panel, PackedLayer packed)
    {
        int panels = ((geometry.Filters / geometry.Groups) + panel - 1) / panel;
        double bytes = geometry.PointsOfTiles * (((double)panels * geometry.Channels) + geometry.Filters) * sizeof(float);
        return new KernelWork(2.0 * geometry.PointsOfTiles * packed.WeightCount / geometry.Planes, 0, packed.Bytes, bytes);
    }

    /// <summary>The GEMMs, and the output transform in the same kernel.</summary>
    public static KernelWork OfMultiply(WinogradGeometry geometry, int panel, PackedLayer packed, Shape output)
    {
        (KernelWork gemm, KernelWork transform) = (OfGemm(geometry, panel, packed), OfOutput(geometry, output));
        double results = geometry.PointsOfTiles * geometry.Filters * sizeof(float); // which do not leave the cache
        return new KernelWork(gemm.Operations + transform.Operations, transform.MapBytes, packed.Bytes, gemm.WorkspaceBytes - results);
    }

    /// <summary>The output transform: sums and differences of pairs, each multiplied and added to half of the outputs.</summary>
    public static KernelWork OfOutput(WinogradGeometry geometry, Shape output)
    {
        double results = geometry.PointsOfTiles * geometry.Filters;
        double outputs = geometry.Rows.Outputs;
        double operations = results * (1 + outputs) * (1 + (outputs / geometry.Points));
        return new KernelWork(operations, output.Count * sizeof(float), WorkspaceBytes: results * sizeof(float));
    }
}
