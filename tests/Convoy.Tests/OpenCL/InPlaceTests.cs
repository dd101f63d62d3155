using System.Runtime.InteropServices;
using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Memory;
using Convoy.Models;

namespace Convoy.Tests.OpenCL;

/// <summary>
/// Where memory is shared, kernels read images and write scores in the caller's own memory; nothing is copied, and nothing
/// but what was given is touched.
/// </summary>
public sealed class InPlaceTests : OpenClFixture
{
    private const int ImageLength = 32 * 32;
    private const int Classes = 10;
    private const int BatchSize = 4;
    private const int Images = 6;
    private readonly Network _network = LeNet5.Create();
    private WeightSet _weights = null!;
    private float[] _images = null!;
    private float[] _expected = null!;

    [OneTimeSetUp]
    public void ComputeAnswers()
    {
        _weights = PretrainedWeights.LeNet5();
        _images = TestData.Reals(Images * ImageLength, 1);
        _expected = new float[Images * Classes];
        using InferenceSession session = _network.Compile(Device.Reference, _weights);
        session.Run(_images, _expected);
    }

    [OneTimeTearDown]
    public void CloseWeights() => _weights?.Dispose();

    [Test]
    public void Kernels_work_in_the_callers_memory_and_no_other_is_allocated_for_it()
    {
        var api = new FaultyClApi(Api);
        using InferenceSession session = Compile(api, sizeof(float));
        int made = api.Calls.Count(call => call == nameof(ClApi.CreateBuffer));
        using var images = NativeBuffer<float>.Allocate(_images.Length);
        using var scores = NativeBuffer<float>.Allocate(_expected.Length);
        _images.CopyTo(images.Span);
        session.Run(images.Span, scores.Span);
        Agreement.AssertClose(scores.Span.ToArray(), _expected, "in place");
        const int FirstImageBytes = BatchSize * ImageLength * sizeof(float);
        (nint, long)[] lent =
        [
            (images.Address, FirstImageBytes),
            (images.Address + FirstImageBytes, (_images.Length * sizeof(float)) - FirstImageBytes),
        ];
        Assert.That(api.HostMemory, Is.EqualTo(lent));
        Assert.That(api.Calls.Count(call => call == nameof(ClApi.CreateBuffer)) - made, Is.EqualTo(lent.Length));
        Assert.That(api.Calls.TakeLast(1), Is.EqualTo(new[] { nameof(ClApi.ReleaseMemObject) }), "nothing is lent any longer");
    }

    [TestCase(4096, 0, true)]
    [TestCase(4096, 4, false)]
    [TestCase(4, 4, true)]
    [TestCase(1 << 30, 0, false)]
    public void Memory_is_lent_where_the_device_would_work_in_it_and_copied_where_not(int alignment, int offset, bool isLent)
    {
        var api = new FaultyClApi(Api);
        using InferenceSession session = Compile(api, alignment);
        using var memory = NativeBuffer<byte>.Allocate((_images.Length * sizeof(float)) + 4096, 4096);
        Span<float> images = MemoryMarshal.Cast<byte, float>(memory.Span[offset..])[.._images.Length];
        _images.CopyTo(images);
        float[] scores = new float[_expected.Length];
        session.Run(images, scores);
        Agreement.AssertClose(scores, _expected, "scores");
        Assert.That(api.HostMemory.Any(each => each.Address == memory.Address + offset), Is.EqualTo(isLent));
    }

    [Test]
    public void Nothing_beyond_the_images_is_read_and_nothing_beyond_the_scores_is_written([Values] GuardedSide side)
    {
        using var images = new GuardedBuffer<float>(_images.Length, side);
        using var scores = new GuardedBuffer<float>(_expected.Length, side);
        using InferenceSession session = Compile(new FaultyClApi(Api), sizeof(float));
        _images.CopyTo(images.Span);
        session.Run(images.Span, scores.Span);
        Agreement.AssertClose(scores.Span.ToArray(), _expected, side.ToString());
    }

    private InferenceSession Compile(FaultyClApi api, int alignment)
    {
        ClDevice device = ClPlatform.All(api)[0].Devices[0];
        DeviceTraits traits = DeviceTraits.Of(device) with { SharesHostMemory = true, HostAlignment = alignment };
        return _network.Compile(SessionScenario.DeviceOf(device, traits), _weights, new SessionOptions { BatchSize = BatchSize });
    }
}
