using Convoy.Backends.Winograd;
using System.Runtime.CompilerServices;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>convolution_planes of convolution.cl, field for field.</summary>
internal struct ConvolutionPlanes
{
    public int Groups;
    public int Columns;
    public int Finite;
    public int InputFloats;
    public int OutputFloats;
    public Kinds Begin;
    public Kinds End;

    /// <summary>One plane, as all but Winograd convolution have.</summary>
    public static ConvolutionPlanes Single(int groups, int pixels)
    {
        var planes = new ConvolutionPlanes { Groups = groups, Columns = 1, Finite = 1 };
        planes.End[0] = pixels;
        return planes;
    }

    /// <summary>The planes of a micro-batch, as winograd.cl numbers their tiles.</summary>
    public static ConvolutionPlanes Of(WinogradWorkspace workspace)
    {
        (WinogradGeometry geometry, int images) = workspace;
        var planes = new ConvolutionPlanes
        {
            Groups = geometry.Groups,
            Columns = geometry.Columns.PointsOf(geometry.Pairs),
            Finite = geometry.Points,
            InputFloats = workspace.InputPlane,
            OutputFloats = workspace.OutputPlane,
        };
        int largeSmall = images * geometry.Rows.Large * geometry.Columns.Small;
        int largeLarge = largeSmall + (images * geometry.Rows.Large * geometry.Columns.Large);
        int smallLarge = largeLarge + (images * geometry.Rows.Small * geometry.Columns.Large);
        (planes.Begin[0], planes.End[0]) = (0, images * geometry.Tiles);
        (planes.Begin[1], planes.End[1]) = (0, largeLarge);
        (planes.Begin[2], planes.End[2]) = (largeSmall, smallLarge);
        (planes.Begin[3], planes.End[3]) = (largeSmall, largeLarge);
        return planes;
    }

    /// <summary>A number for each kind of plane.</summary>
    [InlineArray(4)]
    public struct Kinds
    {
        private int _first;
    }
}
