using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Convolutions;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.Winograd;
using Convoy.Tests.Backends;
using Convoy.Tests.Cases;
using Silk.NET.OpenCL;

namespace Convoy.Tests.OpenCL;

/// <summary>A device's limits make batches and tiles smaller, or are named in the refusal.</summary>
public sealed class DeviceLimitTests : OpenClFixture
{
    private const string Limit = "CL_DEVICE_MAX_MEM_ALLOC_SIZE";
    private const string MemoryLimit = "CL_DEVICE_GLOBAL_MEM_SIZE";

    [TestCase(Sharing.InPlace)]
    [TestCase(Sharing.Separate)]
    public void A_batch_whose_buffers_are_too_large_is_split(Sharing sharing)
    {
        using var scenario = new SessionScenario();
        using InferenceSession session = scenario.Compile(Limited(40_000, sharing), batchSize: 64);
        Assert.That(session.BatchSize, Is.GreaterThan(1).And.LessThan(64));
        Assert.That(session.ArenaBytes, Is.LessThan(80_000), "feature maps and padded input, a buffer each");
        Agreement.AssertClose(scenario.Run(session), scenario.Expected, "split");
    }

    [Test]
    public void A_block_of_Winograds_tiles_leaves_a_kilobyte_of_local_memory_to_the_driver()
    {
        WinogradGeometry geometry = WinogradGeometry.Find(new Convolution2D(64, 3, 1, default, 1), Shape.Image(64, 28, 28), 3)!;
        WinogradBlock? block = null;
        (long without, long with) = (0, 1 << 20);
        while (with - without > 1)
        {
            long local = (without + with) / 2;
            WinogradBlock? found = WinogradBlock.Find(KernelForms.Core(8) with { LocalMemoryBytes = local }, geometry);
            (without, with, block) = found is null ? (local, with, block) : (without, local, found);
        }

        // The least there can be: a pass of tiles, and room for one that is not full.
        long tile = sizeof(float) * ((geometry.Planes * (long)block!.Value.Panel) + 16);
        Assert.That(with, Is.EqualTo((((2 * block.Value.Rows) - 1) * tile) + 1024));
    }

    [Test]
    public void A_batch_there_is_no_memory_for_is_split_and_the_weights_are_packed_once([Values] Sharing sharing, [Values] bool isForeseen)
    {
        using var scenario = new SessionScenario();
        (int writes, long needed) = Measure(scenario, 1, sharing);
        (_, long more) = Measure(scenario, 64, sharing);
        Assert.That(more, Is.GreaterThan(4 * needed), "one image leaves no room for many");

        FaultyClApi api = Holding(4 * needed, isForeseen);
        using InferenceSession session = scenario.Compile(SessionScenario.FirstDevice(api, sharing), 64, takesBytes: false);
        Assert.That(session.BatchSize, Is.GreaterThan(1).And.LessThan(64));
        Assert.That(api.Calls.Count(call => call == nameof(ClApi.EnqueueWriteBuffer)), Is.EqualTo(writes), "weights written");
        Assert.That(session.Device.Memory!.PeakBytes, Is.LessThanOrEqualTo(4 * needed));
        Agreement.AssertClose(scenario.Run(session), scenario.Expected, "split");
    }

    [Test]
    public void A_device_without_memory_even_for_one_image_is_refused_by_the_buffers_name([Values] bool isForeseen)
    {
        Network network = new NetworkBuilder("wide", Shape.Image(1, 64, 64)).MaxPool("pool", 1, 1).Build();
        using WeightSet none = WeightSet.FromTensors("none", []);
        FaultyClApi api = Holding(20_000, isForeseen);
        Assert.That(
            () => network.Compile(SessionScenario.FirstDevice(api, Sharing.InPlace), none),
            Throws.InstanceOf<BatchTooLargeException>().With.Message.Contains("'wide' does not fit the device").And.Message.Contains("even one image at a time")
                .And.Message.Contains("The feature maps and workspace would take 32,768 bytes").And.Message.Contains("no memory left").And.Message.Contains(MemoryLimit)
                .And.Message.Contains(isForeseen ? "it has 20,000 bytes" : "CL_MEM_OBJECT_ALLOCATION_FAILURE (-4)"));
        Assert.That(api.LiveHandles, Is.Empty);
    }

    [Test]
    public void Weights_there_is_no_memory_for_are_refused_by_the_layers_name([Values] bool isForeseen)
    {
        using var scenario = new SessionScenario();
        FaultyClApi api = Holding(2_000, isForeseen);
        Assert.That(
            () => scenario.Compile(SessionScenario.FirstDevice(api, Sharing.InPlace)),
            Throws.InstanceOf<BackendException>().With.Message.StartWith("Layer '").And.Message.Contains("its packed weights would take ")
                .And.Message.Contains("no memory left").And.Message.Contains(MemoryLimit).And.Message.EndsWith("Use another device."));
        Assert.That(api.LiveHandles, Is.Empty);
    }

    [Test]
    public void Weights_that_are_too_large_are_refused_by_the_layers_name()
    {
        using var scenario = new SessionScenario();
        Assert.That(
            () => scenario.Compile(Limited(2_000)),
            Throws.InstanceOf<BackendException>().With.Message.StartWith("Layer 'folded': its packed weights would take ")
                .And.Message.Contains("2,000").And.Message.Contains(Limit).And.Message.EndsWith("Use another device."));
    }

    [Test]
    public void Weights_above_the_largest_allocation_are_divided_by_filters_and_give_the_same_bits([Values] bool hasSlopes, [Values] Sharing sharing)
    {
        NetworkBuilder builder = new NetworkBuilder("divided", Shape.Image(40, 4, 3)).Convolution("conv", 50, 3, padding: 1);
        Network network = (hasSlopes ? builder.ParametricRelu("prelu") : builder.Tanh("tanh")).FullyConnected("fc", 70, bias: hasSlopes).Build();
        using WeightSet weights = WeightSet.Random(network, 1);
        float[] images = TestData.Reals(3 * 480, 2);
        var options = new SessionOptions { BatchSize = 3, ConvolutionAlgorithm = ConvolutionAlgorithm.Direct };
        float[][] scores = [.. new long[] { 1 << 30, 50_000 }.Select(allocation =>
        {
            using InferenceSession session = network.Compile(Limited(allocation, sharing), weights, options);
            Assert.That(session.Steps.Select(step => step.Algorithm), Has.All.Matches<string?>(algorithm => algorithm!.Contains(" parts") == (allocation < 1 << 30)));
            float[] found = new float[3 * 70];
            session.Run(images, found);
            return found;
        })];
        Assert.That(scores[1], Is.EqualTo(scores[0]));
        using InferenceSession oracle = network.Compile(Device.Reference, weights);
        float[] expected = new float[3 * 70];
        oracle.Run(images, expected);
        Agreement.AssertClose(scores[1], expected, "divided");
    }

    [TestCase(10_000, "The images would take 16,384 bytes")]
    [TestCase(20_000, "The feature maps and workspace would take 32,768 bytes")]
    public void A_network_too_large_even_for_one_image_is_refused_by_the_buffers_name(long limit, string sentence)
    {
        Network network = new NetworkBuilder("wide", Shape.Image(1, 64, 64)).MaxPool("pool", 1, 1).Build();
        using WeightSet none = WeightSet.FromTensors("none", []);
        Assert.That(
            () => network.Compile(Limited(limit), none),
            Throws.InstanceOf<BatchTooLargeException>().With.Message.Contains("'wide' does not fit the device").And.Message.Contains("even one image at a time")
                .And.Message.Contains(sentence).And.Message.Contains(Limit));
    }

    [Test]
    public void A_padded_input_that_is_too_large_is_refused_by_the_layers_name()
    {
        Network network = new NetworkBuilder("padded", Shape.Image(1, 8, 8)).Convolution("conv", 1, 1, padding: 20).Build();
        using WeightSet weights = WeightSet.Random(network, 1);
        Assert.That(
            () => network.Compile(Limited(2_000), weights),
            Throws.InstanceOf<BackendException>().With.Message.StartWith("Layer 'conv': its padded input would take ").And.Message.Contains(Limit));
    }

    [Test]
    public void A_batch_that_would_keep_a_gpu_long_is_cut_into_launches_and_gives_the_same_bits()
    {
        Network network = new NetworkBuilder("long", Shape.Image(5, 7, 6)).Convolution("conv", 9, 3, padding: 1).Tanh("tanh").FullyConnected("fc", 11).Build();
        using WeightSet weights = WeightSet.Random(network, 1);
        float[] images = TestData.Reals(5 * 210, 2);
        var launches = new List<WorkSize>();
        var api = new FaultyClApi(Api) { Launched = launches.Add };
        (float[] Scores, int Launches)[] runs = [.. new[] { 1e9, 100_000 }.Select(operations =>
        {
            ClDevice device = ClPlatform.All(api, _ => { })[0].Devices[0];
            DeviceTraits gpu = DeviceTraits.Of(device) with { IsCpu = false, VectorWidth = 4, MostLaunchOperations = operations };
            using InferenceSession session = network.Compile(
                SessionScenario.DeviceOf(device, gpu), weights, new SessionOptions { BatchSize = 5, ConvolutionAlgorithm = ConvolutionAlgorithm.Direct });
            launches.Clear();
            float[] scores = new float[5 * 11];
            session.Run(images, scores);
            return (scores, launches.Count);
        })];

        // An image's convolution takes 68,040 operations and some on what fills tiles: one a launch, with its padding. The layer behind takes 100,000 for all five.
        Assert.That(runs[1].Launches, Is.GreaterThanOrEqualTo(runs[0].Launches + 8));
        Assert.That(runs[1].Scores, Is.EqualTo(runs[0].Scores));
    }

    [TestCase(1024, 65536, ExpectedResult = 64)]
    [TestCase(256, 65536, ExpectedResult = 64)]
    [TestCase(255, 65536, ExpectedResult = 16)]
    [TestCase(1024, 8000, ExpectedResult = 16)]
    [TestCase(32, 65536, ExpectedResult = 4)]
    [TestCase(15, 65536, ExpectedResult = 1)]
    [TestCase(1024, 1000, ExpectedResult = 1)]
    public int Tiles_keep_within_work_groups_and_local_memory_and_compute_the_same(int workGroup, int localBytes)
    {
        DeviceTraits traits = DeviceTraits.Of(AnyDevice) with { IsCpu = false, VectorWidth = 4, MaxWorkGroupSize = workGroup, LocalMemoryBytes = localBytes };
        OperatorCase operatorCase = EdgeCases.All.First(each => each.Name == "conv: 2 groups");
        ConvolutionTile tile = ConvolutionTile.For(traits, 6);
        Assert.That(tile.Local.Total, Is.LessThanOrEqualTo(workGroup));
        Assert.That(tile.LocalBytes, Is.LessThanOrEqualTo(localBytes));

        float[][] inputs = OperatorRunner.Inputs(operatorCase, TestData.Integers);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Integers);
        using var limited = new OpenClBackend(AnyDevice, traits);
        using var own = new OpenClBackend(AnyDevice);
        Agreement.AssertExact(
            OperatorRunner.Run(limited, operatorCase, inputs, weights), OperatorRunner.Run(own, operatorCase, inputs, weights), tile.ToString());
        return tile.GroupRows;
    }

    [TestCase(false, "CL_KERNEL_WORK_GROUP_SIZE")]
    [TestCase(false, "CL_DEVICE_MAX_WORK_ITEM_SIZES")]
    [TestCase(true, "CL_KERNEL_WORK_GROUP_SIZE")]
    [TestCase(true, "CL_DEVICE_MAX_WORK_ITEM_SIZES")]
    public void A_kernel_that_only_runs_in_smaller_groups_gets_smaller_tiles_and_computes_the_same(bool isDirect, string limit)
    {
        const int GroupSize = 32;
        const int ItemSize = 4;
        string only = isDirect ? "direct" : "implicit gemm";
        bool isOfKernel = limit == "CL_KERNEL_WORK_GROUP_SIZE";
        var launches = new List<WorkSize>();
        var api = new FaultyClApi(Api)
        {
            KernelFacts = isOfKernel
                ? new Dictionary<KernelWorkGroupInfo, ulong> { [KernelWorkGroupInfo.WorkGroupSize] = GroupSize }
                : new Dictionary<KernelWorkGroupInfo, ulong>(),
            Launched = launches.Add,
        };
        ClDevice device = ClPlatform.All(api)[0].Devices[0];
        DeviceTraits gpu = DeviceTraits.Of(device) with { IsCpu = false, VectorWidth = 4 };
        OperatorCase operatorCase = EdgeCases.All.First(each => each.Name == "conv: long rows");
        float[][] inputs = OperatorRunner.Inputs(operatorCase, TestData.Integers);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Integers);
        using var limited = new OpenClBackend(device, isOfKernel ? gpu : gpu with { MaxWorkItemSizes = [ItemSize, ItemSize, ItemSize] }, options: new() { Only = only });
        using var own = new OpenClBackend(AnyDevice, gpu, options: new() { Only = only });
        Agreement.AssertExact(OperatorRunner.Run(limited, operatorCase, inputs, weights), OperatorRunner.Run(own, operatorCase, inputs, weights), limit);
        WorkSize[] chosen = [.. launches.Where(each => each != default)];
        Assert.That(chosen, Is.Not.Empty);
        Assert.That(
            chosen, Is.All.Matches<WorkSize>(each => isOfKernel ? each.Total <= GroupSize : each is { X: <= ItemSize, Y: <= ItemSize, Z: <= ItemSize }));
    }

    [TestCase(KernelWorkGroupInfo.WorkGroupSize, 0, "CL_KERNEL_WORK_GROUP_SIZE")]
    [TestCase(KernelWorkGroupInfo.LocalMemSize, 1 << 30, "CL_DEVICE_LOCAL_MEM_SIZE")]
    public void A_kernel_that_does_not_run_even_in_the_smallest_group_is_refused_by_the_limits_name(KernelWorkGroupInfo fact, int value, string limit)
    {
        var api = new FaultyClApi(Api) { KernelFacts = new Dictionary<KernelWorkGroupInfo, ulong> { [fact] = (ulong)value } };
        using var scenario = new SessionScenario();
        Assert.That(
            () => scenario.Compile(SessionScenario.FirstDevice(api, Sharing.InPlace)),
            Throws.InstanceOf<BackendException>().With.Message.StartWith("Layer 'stem': the kernel '").And.Message.Contains(limit)
                .And.Message.EndsWith("Use another device."));
        Assert.That(api.LiveHandles, Is.Empty);
    }

    /// <summary>How many buffers a session's host fills, and what the session takes of the device's memory.</summary>
    private (int Writes, long Bytes) Measure(SessionScenario scenario, int batchSize, Sharing sharing)
    {
        var api = new FaultyClApi(Api);
        using InferenceSession session = scenario.Compile(SessionScenario.FirstDevice(api, sharing), batchSize, takesBytes: false);
        return (api.Calls.Count(call => call == nameof(ClApi.EnqueueWriteBuffer)), session.Device.Memory!.PeakBytes);
    }

    /// <summary>A device of so much memory, which it tells or which it is found out to have.</summary>
    private FaultyClApi Holding(long bytes, bool isForeseen) => isForeseen
        ? new FaultyClApi(Api) { Facts = new Dictionary<DeviceInfo, ulong> { [DeviceInfo.GlobalMemSize] = (ulong)bytes } }
        : new FaultyClApi(Api) { Capacity = bytes };

    private Device Limited(long allocation, Sharing sharing = Sharing.InPlace) => SessionScenario.FirstDevice(
        new FaultyClApi(Api) { Facts = new Dictionary<DeviceInfo, ulong> { [DeviceInfo.MaxMemAllocSize] = (ulong)allocation } }, sharing);
}
