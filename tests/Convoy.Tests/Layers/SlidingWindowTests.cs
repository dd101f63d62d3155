using CsCheck;

namespace Convoy.Tests.Layers;

public class SlidingWindowTests
{
    // Extents as published for these layers, or counted on squared paper.
    [TestCase(227, 11, 4, 0, 0, 1, false, 55, TestName = "AlexNet's conv1")]
    [TestCase(55, 3, 2, 0, 0, 1, false, 27, TestName = "AlexNet's pool1")]
    [TestCase(27, 5, 1, 2, 2, 1, false, 27, TestName = "AlexNet's conv2")]
    [TestCase(224, 11, 4, 2, 2, 1, false, 55, TestName = "torchvision's AlexNet, conv1")]
    [TestCase(5, 5, 1, 0, 0, 1, false, 1, TestName = "A kernel as large as its input")]
    [TestCase(1, 1, 1, 0, 0, 1, false, 1, TestName = "One pixel")]
    [TestCase(1, 3, 1, 1, 1, 1, false, 1, TestName = "One pixel, padded")]
    [TestCase(7, 2, 5, 0, 0, 1, false, 2, TestName = "A stride larger than the kernel")]
    [TestCase(6, 3, 2, 0, 1, 1, false, 3, TestName = "Padding behind only")]
    [TestCase(6, 3, 2, 1, 0, 1, false, 3, TestName = "Padding before only")]
    [TestCase(9, 3, 1, 0, 0, 2, false, 5, TestName = "A dilated kernel")]
    [TestCase(5, 3, 1, 0, 0, 2, false, 1, TestName = "A dilated kernel that just fits")]
    [TestCase(6, 3, 2, 0, 0, 1, false, 2, TestName = "Rounded down")]
    [TestCase(6, 3, 2, 0, 0, 1, true, 3, TestName = "Rounded up")]
    [TestCase(7, 3, 2, 0, 0, 1, true, 3, TestName = "Nothing to round up")]
    [TestCase(3, 2, 2, 1, 1, 1, true, 2, TestName = "A last window in the padding is left out")]
    [TestCase(4, 2, 2, 1, 1, 1, true, 3, TestName = "A last window that reaches the image stays")]
    [TestCase(5, 1, 4, 0, 0, 1, true, 2, TestName = "Rounded up to the last pixel")]
    [TestCase(4, 1, 4, 0, 0, 1, true, 1, TestName = "Rounded up beyond the last pixel")]
    public void The_output_extent_is_this(
        int extent, int kernel, int stride, int before, int after, int dilation, bool ceilMode, int expected)
    {
        // The other direction has other numbers, so that a swap shows.
        var rows = new SlidingWindow(
            new(kernel, 1), new(stride, 3), new Padding(before, 0, after, 0), new(dilation, 1), ceilMode);
        Assert.That(rows.InferOutput(Shape.Image(2, extent, 10)), Is.EqualTo(new Extent2D(expected, 4)));
        var columns = new SlidingWindow(
            new(1, kernel), new(3, stride), new Padding(0, before, 0, after), new(1, dilation), ceilMode);
        Assert.That(columns.InferOutput(Shape.Image(2, 10, extent)), Is.EqualTo(new Extent2D(4, expected)));
    }

    [Test]
    public void The_output_extent_is_the_number_of_windows_counted_one_by_one()
    {
        var cases = Gen.Select(Gen.Int[1, 30], Gen.Int[1, 6], Gen.Int[1, 7], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[1, 4], Gen.Bool);
        cases.Sample(
            (extent, kernel, stride, before, after, dilation, ceilMode) =>
            {
                int reach = ((kernel - 1) * dilation) + 1;
                bool isPooling = Math.Max(before, after) < reach;
                if (reach > extent + before + after || (ceilMode && !isPooling))
                {
                    return true;
                }

                var window = new SlidingWindow(kernel, stride, new Padding(before, before, after, after), dilation, ceilMode);
                return window.InferOutput(Shape.Image(1, extent, extent)) == CountWindows(extent, reach, stride, before, after, ceilMode);
            },
            iter: 5_000);
    }

    [TestCase(5, 3, 2, 1, 1, TestName = "SAME, even padding")]
    [TestCase(6, 3, 2, 0, 1, TestName = "SAME, one odd row")]
    [TestCase(6, 4, 1, 1, 2, TestName = "SAME, an even kernel")]
    [TestCase(6, 1, 2, 0, 0, TestName = "SAME, nothing to pad")]
    [TestCase(7, 2, 5, 0, 0, TestName = "SAME, a stride larger than the kernel")]
    public void Same_padding_gives_one_output_a_stride(int extent, int kernel, int stride, int smaller, int larger)
    {
        Shape image = Shape.Image(1, extent, extent);
        var upper = new SlidingWindow(kernel, stride, Padding.Same, 1);
        var lower = new SlidingWindow(kernel, stride, Padding.SameLower, 1);
        Assert.That(upper.ResolvePadding(image), Is.EqualTo(new Padding(smaller, smaller, larger, larger)));
        Assert.That(lower.ResolvePadding(image), Is.EqualTo(new Padding(larger, larger, smaller, smaller)));
        Extent2D expected = (extent + stride - 1) / stride;
        Assert.That(upper.InferOutput(image), Is.EqualTo(expected));
        Assert.That(lower.InferOutput(image), Is.EqualTo(expected));
    }

    [Test]
    public void Same_padding_counts_the_dilation()
    {
        var window = new SlidingWindow(3, 1, Padding.Same, 2);
        Assert.That(window.ResolvePadding(Shape.Image(1, 8, 8)), Is.EqualTo((Padding)2));
        Assert.That(window.InferOutput(Shape.Image(1, 8, 8)), Is.EqualTo((Extent2D)8));
    }

    [Test]
    public void A_kernel_larger_than_its_input_is_refused_with_both_shapes() => CheckRefused(
        new SlidingWindow(new(5, 3), 1, 0, 1),
        Shape.Image(3, 4, 9),
        "a kernel of 5 x 3 is larger than its input [3, 4, 9], 4 x 9 pixels");

    [Test]
    public void A_dilated_and_padded_kernel_is_refused_with_all_extents() => CheckRefused(
        new SlidingWindow(3, 1, new Padding(0, 1, 0, 1), 4),
        Shape.Image(3, 7, 7),
        "a kernel of 3 x 3 dilated to 9 x 9 is larger than its input [3, 7, 7], 7 x 7 pixels padded to 7 x 9");

    [TestCase(0, 1, 0, 1, "the kernel is 0, but must be from 1 to 1,048,576")]
    [TestCase(-3, 1, 0, 1, "the kernel is -3")]
    [TestCase(3, 0, 0, 1, "the stride is 0")]
    [TestCase(3, 1, -1, 1, "the padding is -1, but must be from 0")]
    [TestCase(3, 1, 0, 0, "the dilation is 0")]
    [TestCase(3, 1, 0, 1 << 20, "the dilated kernel is 2,097,153")]
    [TestCase(int.MaxValue, 1, 0, 1, "the kernel is 2,147,483,647")]
    [TestCase(3, int.MaxValue, 0, 1, "the stride is 2,147,483,647")]
    [TestCase(3, 1, int.MaxValue, 1, "the padding is 2,147,483,647")]
    [TestCase(3, 1, 0, int.MaxValue, "the dilation is 2,147,483,647")]
    public void Numbers_out_of_range_are_refused(int kernel, int stride, int padding, int dilation, string expected)
    {
        CheckRefused(new SlidingWindow(new(1, kernel), new(1, stride), new Padding(0, 0, 0, padding), new(1, dilation)), Shape.Image(1, 9, 9), expected);
        CheckRefused(new SlidingWindow(new(kernel, 1), new(stride, 1), new Padding(padding, 0, 0, 0), new(dilation, 1)), Shape.Image(1, 9, 9), expected);
    }

    [Test]
    public void An_image_too_large_to_count_is_refused([Values] bool ceilMode)
    {
        var window = new SlidingWindow(1, 2, 1, 1, ceilMode);
        CheckRefused(window, Shape.Image(1, int.MaxValue, 1), "the input's height is 2,147,483,647, but must be from 1 to 1,048,576");
        CheckRefused(window, Shape.Image(1, 1, int.MaxValue), "the input's width is 2,147,483,647");
    }

    private static int CountWindows(int extent, int reach, int stride, int before, int after, bool ceilMode)
    {
        int windows = 0;
        int end = before + extent + after;
        for (int start = 0; ; start += stride)
        {
            // Rounding up, one window more covers what is left over, unless it would begin in the padding behind the image.
            bool fits = start + reach <= end;
            bool isLeftOver = windows > 0 && start - stride + reach < end;
            if (!fits && !(ceilMode && isLeftOver && start < before + extent))
            {
                return windows;
            }

            windows++;
        }
    }

    private static void CheckRefused(SlidingWindow window, Shape image, string expected) =>
        Assert.That(() => window.InferOutput(image), Throws.TypeOf<LayerException>().With.Message.Contains(expected));
}
