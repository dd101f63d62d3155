using Convoy.Backends.Native;
using Convoy.Backends.Native.Convolutions;
using Convoy.Backends.Winograd;
using Convoy.Tests.Cases;

namespace Convoy.Tests.Backends;

/// <summary>Winograd's tiles are divided in managed code for OpenCL and in C for the cores: both divide alike.</summary>
public sealed class WinogradGeometryTests
{
    private static IEnumerable<OperatorCase> Cases => [.. NetworkCases.All.Concat(EdgeCases.All).Where(each => each.Layer is Convolution2D)];

    [TestCaseSource(nameof(Cases))]
    public void The_C_library_applies_the_algorithm_where_managed_code_does_and_divides_alike(OperatorCase operatorCase)
    {
        TestDevices.RequireNative();
        var layer = (Convolution2D)operatorCase.Layer;
        NativeConvolution convolution = NativeConvolution.Of(operatorCase.ToGraph().Steps[0], layer, operatorCase.Batch, new NativeOptions(InstructionSet.Scalar));
        for (int pairs = 2; pairs <= 4; pairs++)
        {
            string what = $"{operatorCase.Name}, {2 * pairs} points";
            var geometry = WinogradGeometry.Find(layer, operatorCase.Inputs[0], pairs);
            NativePlan? plan = convolution.TryPlan(convolution.Descriptor with { Algorithm = NativeAlgorithm.Winograd, Points = 2 * pairs });
            Assert.That(geometry is null, Is.EqualTo(plan is null), what);
            if (geometry is not null && plan is { } found)
            {
                Assert.That(found.PackedBytes, Is.EqualTo(PackedBytes(geometry)), what);
                NativeMethods.GetWorkItems(found, 1, 0, out long rowsOfTiles).ThrowIfFailed("divide the work of", what);
                Assert.That(rowsOfTiles, Is.EqualTo(geometry.Rows.Tiles), what);
            }
        }
    }

    /// <summary>A plane for each point, its filters filled up to whole vectors of the scalar kernels.</summary>
    private static ulong PackedBytes(WinogradGeometry geometry)
    {
        const int Lanes = 4;
        int filters = (geometry.Filters / geometry.Groups + Lanes - 1) / Lanes * Lanes;
        return (ulong)geometry.Planes * (ulong)(filters * (geometry.Channels / geometry.Groups) * geometry.Groups) * sizeof(float);
    }
}
