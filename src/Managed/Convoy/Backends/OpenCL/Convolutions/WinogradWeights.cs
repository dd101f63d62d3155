using Convoy.Backends.Winograd;
using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>
/// The filter transform of Winograd convolution, in double precision, laid out as convolution.cl reads the weights of many
/// planes, [plane][group][panel][channel][panel width], or as winograd_multiply.cl does, a panel's planes side by side:
/// [group][panel][plane][channel][panel width].
/// </summary>
internal static class WinogradWeights
{
    /// <summary>Floats the packed weights take.</summary>
    public static long Count(WinogradGeometry geometry, int panel) => geometry.Planes * CountOfPlane(geometry, panel);

    /// <summary>Packs [filter][channel][row][column].</summary>
    /// <param name="kernel">The filters.</param>
    /// <param name="extent">Rows and columns of a filter.</param>
    /// <param name="geometry">How they are computed.</param>
    /// <param name="panel">The panel's width.</param>
    /// <param name="isPlaneWithinPanel">Whether the planes of a panel are side by side, or the panels of a plane.</param>
    /// <param name="packed">Where they go.</param>
    public static void Pack(ReadOnlyMemory<float> kernel, Extent2D extent, WinogradGeometry geometry, int panel, bool isPlaneWithinPanel, Memory<float> packed)
    {
        int depth = geometry.Channels / geometry.Groups;
        int groupFilters = geometry.Filters / geometry.Groups;
        int panels = (groupFilters + panel - 1) / panel;
        int panelFloats = depth * panel;
        int planeFloats = isPlaneWithinPanel ? panelFloats : checked((int)CountOfPlane(geometry, panel));
        int step = isPlaneWithinPanel ? checked(geometry.Planes * panelFloats) : panelFloats;
        Parallel.For(0, geometry.Groups * panels, item =>
        {
            int begin = item % panels * panel;
            int count = Math.Min(panel, groupFilters - begin);
            int first = (item / panels * groupFilters) + begin;
            var filters = new WinogradFilters(extent, geometry, panel);
            for (int k = 0; k < depth; k++)
            {
                filters.Read(kernel.Span, first, count, k);
                filters.Transform(packed.Span[((item * step) + (k * panel))..], planeFloats);
            }
        });
    }

    private static long CountOfPlane(WinogradGeometry geometry, int panel) =>
        PackedWeights.Count(geometry.Groups, geometry.Filters / geometry.Groups, geometry.Channels / geometry.Groups, panel);
}
