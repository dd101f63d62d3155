using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Convolutions;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Tests.Backends;
using Convoy.Tests.Cases;

namespace Convoy.Tests.OpenCL;

/// <summary>A direct convolution's tile suits its layer, keeps within the device's limits, and says truly what it needs.</summary>
public sealed class DirectConvolutionTileTests : OpenClFixture
{
    private static readonly Convolution2D First = new(96, 11, 4, default, 1);

    [TestCase(16, 55, 96, 1, ExpectedResult = "11 x 16")]
    [TestCase(8, 55, 96, 1, ExpectedResult = "6 x 16")]
    [TestCase(8, 28, 6, 1, ExpectedResult = "10 x 8")]
    [TestCase(8, 14, 6, 2, ExpectedResult = "6 x 8")]
    [TestCase(16, 1, 3, 1, ExpectedResult = "1 x 4")]
    public string A_core_s_tile_fills_its_registers_and_divides_the_row(int vectorWidth, int width, int filters, int pool)
    {
        DeviceTraits core = DeviceTraits.Of(AnyDevice) with { IsCpu = true, VectorWidth = vectorWidth };
        DirectConvolutionGeometry geometry = DirectConvolutionGeometry.Of(First, 3, null) with { Pool = pool };
        return DirectConvolutionTile.For(core, geometry, Shape.Image(filters, width, width)).ToString();
    }

    [TestCase(1024, 49152, ExpectedResult = "28 x 96 x 1 local")]
    [TestCase(1024, 20000, ExpectedResult = "28 x 96 x 1 local")]
    [TestCase(64, 49152, ExpectedResult = "28 x 48 x 1 local")]
    [TestCase(4, 49152, ExpectedResult = "12 x 8 x 1 local")]
    [TestCase(1024, 10000, ExpectedResult = "12 x 96 x 1 local")]
    [TestCase(1024, 1000, ExpectedResult = "11 x 16")]
    public string A_group_keeps_within_work_groups_and_local_memory_and_computes_the_same(int workGroup, int localBytes)
    {
        DeviceTraits own = DeviceTraits.Of(AnyDevice) with { VectorWidth = 16 };
        DeviceTraits limited = own with { IsCpu = false, MaxWorkGroupSize = workGroup, LocalMemoryBytes = localBytes };
        var operatorCase = new OperatorCase("conv1", First, [Shape.Image(3, 227, 227)]);
        var geometry = DirectConvolutionGeometry.Of(First, 3, null);
        var tile = DirectConvolutionTile.For(limited, geometry, operatorCase.Output);
        Assert.That(tile.Local.Total, Is.LessThanOrEqualTo(workGroup));
        Assert.That(tile.LocalBytes(geometry), Is.LessThanOrEqualTo(localBytes));

        float[][] inputs = OperatorRunner.Inputs(operatorCase, TestData.Integers);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Integers);
        using var there = new OpenClBackend(AnyDevice, limited, options: new() { Only = "direct" });
        using var here = new OpenClBackend(AnyDevice, own, options: new() { Only = "direct" });
        Agreement.AssertExact(
            OperatorRunner.Run(there, operatorCase, inputs, weights), OperatorRunner.Run(here, operatorCase, inputs, weights), tile.ToString());
        return tile.ToString();
    }

    [TestCase(1)]
    [TestCase(2)]
    public void The_kernel_uses_the_local_memory_that_the_tile_says(int pool)
    {
        DeviceTraits traits = DeviceTraits.Of(AnyDevice) with { IsCpu = false };
        DirectConvolutionGeometry geometry = DirectConvolutionGeometry.Of(First with { Dilation = new Extent2D(2, 1) }, 3, null) with { Pool = pool };
        var tile = DirectConvolutionTile.For(traits, geometry, Shape.Image(6, 20, 20));
        Assert.That(tile.UsesLocal);
        Assert.That(tile.GroupHeight, Is.GreaterThan(1));
        using var context = new ClContext(AnyDevice);
        using var kernels = new KernelLibrary(context, traits, null);
        using ClKernel kernel = kernels.Create(tile.Form(geometry.Options));
        Assert.That(kernel.WorkGroup.LocalBytes, Is.EqualTo(tile.LocalBytes(geometry)));
    }
}
