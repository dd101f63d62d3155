using Convoy.Memory;
using CsCheck;

namespace Convoy.Tests.Memory;

public sealed class SizeClassTests
{
    private const long MiB = 1L << 20;

    [TestCase(0, 64)]
    [TestCase(64, 64)]
    [TestCase(65, 128)]
    [TestCase(256, 256)]
    [TestCase(257, 320)]
    [TestCase(1024, 1024)]
    [TestCase(1025, 1280)]
    [TestCase(1281, 1536)]
    [TestCase(1537, 1792)]
    [TestCase(1793, 2048)]
    [TestCase(64 * MiB, 64 * MiB)]
    [TestCase((64 * MiB) + 1, 65 * MiB)]
    [TestCase((1000 * MiB) - 1, 1000 * MiB)]
    public void Sizes_round_up_to_four_steps_a_power_of_two(long bytes, long expected)
    {
        Assert.That(SizeClass.RoundUp(bytes), Is.EqualTo(expected));
    }

    [Test]
    public void A_size_class_holds_its_request_wastes_at_most_a_quarter_and_is_its_own_class()
    {
        Gen.Int[0, 40].SelectMany(log => Gen.Long[1, 1L << log]).Sample(bytes =>
        {
            long size = SizeClass.RoundUp(bytes);
            return size >= bytes
                && size - bytes <= Math.Max(63, bytes / 4)
                && size % 64 == 0
                && SizeClass.RoundUp(size) == size;
        });
    }
}
