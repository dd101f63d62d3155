namespace Convoy.Tests.Layers;

public class LayerShapeTests
{
    private static readonly Shape Image = Shape.Image(6, 8, 10);
    private static readonly Shape Vector = Shape.Vector(7);

    [Test]
    public void A_convolution_has_filters_and_a_weight_for_each_of_their_inputs()
    {
        var layer = new Convolution2D(12, new(3, 5), new(2, 1), new Padding(1, 0, 0, 2), 1, Groups: 3);
        Shape output = layer.InferShape([Image]);
        Assert.That(output, Is.EqualTo(Shape.Image(12, 4, 8)));
        Assert.That(layer.GetParameters([Image]), Is.EqualTo(new LayerParameter[]
        {
            new("weight", new Shape(12, 2, 3, 5)), new("bias", Shape.Vector(12)),
        }));
        Assert.That(layer.CountMultiplyAdds([Image], output), Is.EqualTo(12 * 4 * 8 * 2 * 3 * 5));
    }

    [Test]
    public void A_convolution_can_do_without_a_bias()
    {
        var layer = new Convolution2D(4, 1, 1, 0, 1, HasBias: false);
        Assert.That(layer.GetParameters([Image]).Select(parameter => parameter.Name), Is.EqualTo(new[] { "weight" }));
    }

    [Test]
    public void A_depthwise_convolution_has_one_input_channel_a_filter()
    {
        var layer = new Convolution2D(6, 3, 1, 1, 1, Groups: 6);
        Assert.That(layer.GetParameters([Image])[0].Shape, Is.EqualTo(new Shape(6, 1, 3, 3)));
    }

    [TestCase(4, 12, "4 groups must divide both the 6 channels of the input [6, 8, 10] and the 12 filters")]
    [TestCase(3, 10, "3 groups must divide both the 6 channels of the input [6, 8, 10] and the 10 filters")]
    [TestCase(0, 12, "12 filters in 0 groups is impossible")]
    [TestCase(1, 0, "0 filters in 1 groups is impossible")]
    [TestCase(-1, 12, "12 filters in -1 groups is impossible")]
    public void Groups_that_do_not_divide_are_refused(int groups, int filters, string expected) =>
        CheckRefused(new Convolution2D(filters, 1, 1, 0, 1, groups), expected, Image);

    [Test]
    public void Work_too_large_to_count_is_no_negative_number()
    {
        Shape input = Shape.Image(1 << 20, 1 << 20, 1 << 20);
        var layer = new Convolution2D(1 << 20, 1, 1, 0, 1);
        Assert.That(() => layer.CountMultiplyAdds([input], Shape.Image(1 << 20, 1 << 20, 1 << 20)), Throws.TypeOf<OverflowException>());
    }

    [Test]
    public void Pooling_keeps_the_channels([Values] PoolKind kind, [Values] bool ceilMode)
    {
        var layer = new Pool2D(kind, new(3, 2), new(2, 3), 0, ceilMode);
        Assert.That(layer.InferShape([Image]), Is.EqualTo(ceilMode ? Shape.Image(6, 4, 4) : Shape.Image(6, 3, 3)));
        Assert.That(layer.GetParameters([Image]), Is.Empty);
    }

    [Test]
    public void Pooling_takes_padding_on_each_side_of_its_own()
    {
        var layer = new Pool2D(PoolKind.Max, 3, 2, new Padding(1, 0, 0, 2));
        Assert.That(layer.InferShape([Image]), Is.EqualTo(Shape.Image(6, 4, 5)));
    }

    [TestCase(3, 0, 0, 0)]
    [TestCase(0, 3, 0, 0)]
    [TestCase(0, 0, 3, 0)]
    [TestCase(0, 0, 0, 3)]
    public void Pooling_over_nothing_but_padding_is_refused(int top, int left, int bottom, int right) => CheckRefused(
        new Pool2D(PoolKind.Average, 3, 1, new Padding(top, left, bottom, right)),
        $"a padding of top {top}, left {left}, bottom {bottom}, right {right} is as large as the pooling kernel 3 x 3 over the input [6, 8, 10]",
        Image);

    [Test]
    public void Pooling_takes_every_other_pixel_where_it_is_dilated()
    {
        var layer = new Pool2D(PoolKind.Max, new(3, 2), 1, new Padding(2, 3, 0, 1), Dilation: new(2, 4));
        Assert.That(layer.InferShape([Image]), Is.EqualTo(Shape.Image(6, 6, 10)));
        Assert.That(layer.Window.Dilation, Is.EqualTo(new Extent2D(2, 4)));
        CheckRefused(layer with { Padding = new Padding(5, 0, 0, 0) }, "left 0, bottom 0, right 0 is as large as the pooling kernel 3 x 2 dilated to 5 x 5", Image);
        CheckRefused(layer with { Dilation = new(5, 1) }, "a kernel of 3 x 2 dilated to 11 x 2 is larger than its input [6, 8, 10], 8 x 10 pixels padded to 10 x 14", Image);
        CheckRefused(layer with { Dilation = 0 }, "the dilation is 0", Image);
    }

    [Test]
    public void Pooling_whose_elements_step_over_the_image_is_refused()
    {
        // Rows -1 and 1 of an image that has row 0 alone, and where the columns are one too many.
        Shape line = Shape.Image(2, 1, 4);
        CheckRefused(
            new Pool2D(PoolKind.Max, 2, 1, 1, Dilation: 2), "a padding of 1 lets the pooling kernel 2 x 2 dilated to 3 x 3 step over the whole input [2, 1, 4]", line);
        CheckRefused(new Pool2D(PoolKind.Max, 2, 1, new Padding(0, 2, 1, 3), Dilation: new(1, 5)), "step over the whole input [2, 1, 4]", line);
        Assert.That(new Pool2D(PoolKind.Max, 2, 1, new Padding(0, 2, 1, 0), Dilation: new(1, 5)).InferShape([line]), Is.EqualTo(Shape.Image(2, 1, 1)));
        Assert.That(new Pool2D(PoolKind.Max, 3, 1, 2, Dilation: 2).InferShape([line]), Is.EqualTo(Shape.Image(2, 1, 4)));
    }

    [Test]
    public void Pooling_without_dilation_is_pooling_dilated_by_one() => Assert.That(
        new Pool2D(PoolKind.Max, 3, 2, 0), Is.EqualTo(new Pool2D(PoolKind.Max, 3, 2, 0, Dilation: 1)).And.EqualTo(new Pool2D(PoolKind.Max, 3, 2, 0) with { Dilation = null }));

    [Test]
    public void Adaptive_pooling_gives_the_extents_asked_for()
    {
        Assert.That(new AdaptivePool2D(PoolKind.Average, new(3, 20)).InferShape([Image]), Is.EqualTo(Shape.Image(6, 3, 20)));
        Assert.That(new AdaptivePool2D(PoolKind.Average, 1).InferShape([Image]), Is.EqualTo(Shape.Image(6, 1, 1)));
        Assert.That(new AdaptivePool2D(PoolKind.Average, 1).Op, Is.EqualTo("globalpool"));
        Assert.That(new AdaptivePool2D(PoolKind.Max, 1).Op, Is.EqualTo("globalmaxpool"));
    }

    [TestCase(0, 1)]
    [TestCase(1, 0)]
    [TestCase(1, int.MaxValue)]
    public void Adaptive_pooling_to_nothing_is_refused(int height, int width) =>
        CheckRefused(new AdaptivePool2D(PoolKind.Average, new(height, width)), $"an adaptive pooling to {height} x {width} is impossible", Image);

    [Test]
    public void A_fully_connected_layer_flattens_what_it_reads()
    {
        var layer = new FullyConnected(5);
        Assert.That(layer.InferShape([Image]), Is.EqualTo(Shape.Vector(5)));
        Assert.That(layer.GetParameters([Image])[0].Shape, Is.EqualTo(new Shape(5, 480)));
        Assert.That(layer.CountMultiplyAdds([Image], Shape.Vector(5)), Is.EqualTo(2400));
        Assert.That(layer.GetParameters([Vector])[0].Shape, Is.EqualTo(new Shape(5, 7)));
        Assert.That(new FullyConnected(5, HasBias: false).GetParameters([Vector]), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_fully_connected_layer_without_features_or_with_too_large_an_input_is_refused()
    {
        CheckRefused(new FullyConnected(0), "0 features is impossible", Vector);
        CheckRefused(new FullyConnected(int.MaxValue), "2147483647 features is impossible", Vector);
        CheckRefused(new FullyConnected(1), "[65536, 65536, 1] is too large to connect fully: 4,294,967,296 elements", Shape.Image(65536, 65536, 1));
    }

    [Test]
    public void Flattening_counts_the_elements()
    {
        Assert.That(new Flatten().InferShape([Image]), Is.EqualTo(Shape.Vector(480)));
        CheckRefused(new Flatten(), "[65536, 65536, 1] is too large to flatten", Shape.Image(65536, 65536, 1));
    }

    [Test]
    public void Unflattening_fills_an_image()
    {
        Assert.That(new Unflatten(Image).InferShape([Shape.Vector(480)]), Is.EqualTo(Image));
        CheckRefused(new Unflatten(Image), "a vector of 481 numbers does not fill the image [6, 8, 10], which has 480", Shape.Vector(481));
        CheckRefused(new Unflatten(Image), "makes an image (channels, height, width) of a vector, but its input is [6, 8, 10]", Image);
        CheckRefused(new Unflatten(Vector), "and its output [7]", Vector);
        CheckRefused(new Unflatten(default), "and its output []", Vector);
    }

    [Test]
    public void Transposing_permutes_the_extents()
    {
        Assert.That(new Transpose(0, 1, 2).InferShape([Image]), Is.EqualTo(Image));
        Assert.That(new Transpose(1, 2, 0).InferShape([Image]), Is.EqualTo(Shape.Image(8, 10, 6)));
        Assert.That(new Transpose(2, 0, 1).InferShape([Image]), Is.EqualTo(Shape.Image(10, 6, 8)));
        CheckRefused(new Transpose(0, 1, 1), "the axes 0, 1, 1 are no order of 0, 1, 2", Image);
        CheckRefused(new Transpose(2, 1, 2), "are no order", Image);
        CheckRefused(new Transpose(0, 0, 2), "are no order", Image);
        CheckRefused(new Transpose(0, 1, 3), "are no order", Image);
        CheckRefused(new Transpose(-1, 1, 2), "are no order", Image);
        CheckRefused(new Transpose(1, 0, 2), "transpose needs an image", Vector);
    }

    [Test]
    public void A_slice_has_so_many_of_the_channels()
    {
        Assert.That(new Slice(1, 3).InferShape([Image]), Is.EqualTo(Shape.Image(3, 8, 10)));
        Assert.That(new Slice(1, 3, 2).InferShape([Image]), Is.EqualTo(Shape.Image(3, 8, 10)));
        Assert.That(new Slice(6, 7, -1).InferShape([Vector]), Is.EqualTo(Vector));
        CheckRefused(new Slice(2, 3, 2), "channels 2 to 6 are not all among the 6 of the input [6, 8, 10]", Image);
        CheckRefused(new Slice(1, 2, -2), "channels 1 to -1 are not all", Image);
        CheckRefused(new Slice(-1, 1), "channels -1 to -1 are not all", Image);
        CheckRefused(new Slice(6, 1), "channels 6 to 6 are not all", Image);
        CheckRefused(new Slice(0, int.MaxValue, int.MaxValue), "channels 0 to 4611686011984936962 are not all", Image);
        CheckRefused(new Slice(0, 0), "0 channels in steps of 1 are impossible", Image);
        CheckRefused(new Slice(0, 1, 0), "1 channels in steps of 0 are impossible", Image);
    }

    [Test]
    public void Elementwise_layers_keep_the_shape()
    {
        Layer[] layers =
        [
            new ActivationLayer(Activation.Relu), new ActivationLayer(Activation.Tanh), new Softmax(), new Dropout(0.5f),
            new BatchNormalization(), new LogSoftmax(), new BinaryConstant(BinaryOperation.Multiply, [2]), new LocalResponseNormalization(5),
        ];
        Assert.That(layers.Select(layer => layer.InferShape([Image])), Is.All.EqualTo(Image));
        Assert.That(layers.SkipLast(1).Select(layer => layer.InferShape([Vector])), Is.All.EqualTo(Vector));
    }

    [Test]
    public void Batch_normalisation_has_four_numbers_a_channel()
    {
        Assert.That(new BatchNormalization().GetParameters([Image]), Is.EqualTo(new LayerParameter[]
        {
            new("weight", Shape.Vector(6), Default: 1), new("bias", Shape.Vector(6), Default: 0),
            new("running_mean", Shape.Vector(6)), new("running_var", Shape.Vector(6)),
        }));
    }

    [TestCase(-0.1f)]
    [TestCase(1f)]
    [TestCase(float.NaN)]
    public void A_dropout_rate_outside_its_range_is_refused(float rate) => CheckRefused(new Dropout(rate), $"a dropout rate of {rate}", Image);

    [TestCase(-1f)]
    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void An_epsilon_that_is_negative_or_not_finite_is_refused(float epsilon)
    {
        CheckRefused(new BatchNormalization(epsilon), $"epsilon is {epsilon}", Image);
        CheckRefused(new InstanceNormalization(epsilon), $"epsilon is {epsilon}", Image);
    }

    [Test]
    public void Response_normalisation_over_nothing_or_by_no_number_is_refused()
    {
        CheckRefused(new LocalResponseNormalization(0), "over 0 channels is impossible", Image);
        CheckRefused(new LocalResponseNormalization(5, Alpha: float.NaN), "alpha NaN", Image);
        CheckRefused(new LocalResponseNormalization(5, Beta: float.PositiveInfinity), "must be finite", Image);
        CheckRefused(new LocalResponseNormalization(5, K: float.NaN), "k NaN", Image);
        CheckRefused(new LocalResponseNormalization(5, Alignment: (LrnAlignment)2), "there is no alignment 2", Image);
    }

    [Test]
    public void Layers_of_images_refuse_vectors()
    {
        CheckRefused(new Convolution2D(1, 1, 1, 0, 1), "conv needs an image (channels, height, width), but its input is [7]", Vector);
        CheckRefused(new Pool2D(PoolKind.Max, 1, 1, 0), "maxpool needs an image", Vector);
        CheckRefused(new Pool2D(PoolKind.Average, 1, 1, 0), "avgpool needs an image", Vector);
        CheckRefused(new AdaptivePool2D(PoolKind.Average, 1), "globalpool needs an image", Vector);
        CheckRefused(new LocalResponseNormalization(5), "lrn needs an image", Vector);
    }

    [Test]
    public void Addition_wants_one_shape_or_what_is_broadcast_over_it()
    {
        var layer = new Binary(BinaryOperation.Add);
        Assert.That(layer.InferShape([Image, Image]), Is.EqualTo(Image));
        foreach (Shape small in (Shape[])[Shape.Vector(6), Shape.Image(6, 1, 1), Shape.Vector(1), Shape.Image(1, 1, 1)])
        {
            Assert.That(layer.InferShape([Image, small]), Is.EqualTo(Image), $"{small} behind");
            Assert.That(layer.InferShape([small, Image]), Is.EqualTo(Image), $"{small} before");
        }

        Assert.That(layer.InferShape([Vector, Shape.Image(7, 1, 1)]), Is.EqualTo(Shape.Image(7, 1, 1)));
        Assert.That(layer.InferShape([Shape.Image(1, 1, 1), Vector]), Is.EqualTo(Vector));
        Assert.That(layer.InferShape([Shape.Vector(1), Shape.Image(1, 8, 10)]), Is.EqualTo(Shape.Image(1, 8, 10)));
    }

    [Test]
    public void Addition_of_shapes_that_do_not_meet_is_refused()
    {
        var layer = new Binary(BinaryOperation.Add);
        CheckRefused(
            layer,
            "its two inputs must have one shape, or one of them a number for each channel of the other or a single number, but are [6, 8, 10] and [6, 10, 8]",
            Image,
            Shape.Image(6, 10, 8));
        foreach (Shape small in (Shape[])[Vector, Shape.Vector(80), Shape.Vector(480), Shape.Image(3, 1, 1), Shape.Image(1, 8, 10), Shape.Image(6, 8, 1)])
        {
            CheckRefused(layer, $"but are [6, 8, 10] and {small}", Image, small);
            CheckRefused(layer, $"but are {small} and [6, 8, 10]", small, Image);
        }
    }

    [Test]
    public void Constants_are_one_number_or_one_a_channel()
    {
        Assert.That(new BinaryConstant(BinaryOperation.Divide, [2]).InferShape([Image]), Is.EqualTo(Image));
        Assert.That(new BinaryConstant(BinaryOperation.Divide, [1, 2, 3, 4, 5, 6]).InferShape([Image]), Is.EqualTo(Image));
        Assert.That(new BinaryConstant(BinaryOperation.Minimum, [1, 2, 3, 4, 5, 6, 7]).InferShape([Vector]), Is.EqualTo(Vector));
        CheckRefused(
            new BinaryConstant(BinaryOperation.Add, [1, 2]), "its constant has 2 numbers, but must have 1, or one for each of the 6 channels of the input [6, 8, 10]", Image);
        CheckRefused(new BinaryConstant(BinaryOperation.Add, default), "its constant has 0 numbers", Image);
    }

    [Test]
    public void Constants_are_compared_by_their_numbers()
    {
        var layer = new BinaryConstant(BinaryOperation.Add, [1, 2]);
        Assert.That(layer, Is.EqualTo(new BinaryConstant(BinaryOperation.Add, [1, 2])));
        Assert.That(layer.GetHashCode(), Is.EqualTo(new BinaryConstant(BinaryOperation.Add, [1, 2]).GetHashCode()));
        Assert.That(layer, Is.Not.EqualTo(layer with { Constant = [1, 3] }));
        Assert.That(layer, Is.Not.EqualTo(layer with { ConstantFirst = true }));
        Assert.That(layer, Is.Not.EqualTo(layer with { Operation = BinaryOperation.Subtract }));
    }

    [Test]
    public void Padding_grows_the_feature_map()
    {
        Assert.That(new Pad2D(new Padding(1, 2, 3, 4), 7).InferShape([Image]), Is.EqualTo(Shape.Image(6, 12, 16)));
        CheckRefused(new Pad2D(new Padding(0, -1, 0, 0)), "a padding of top 0, left -1, bottom 0, right 0 is impossible: each side must be from 0 to 1,048,576", Image);
        CheckRefused(new Pad2D(int.MaxValue), "a padding of 2147483647 is impossible", Image);
        CheckRefused(new Pad2D(Padding.Same), "a padding of 'same' needs a window", Image);
        CheckRefused(new Pad2D(1), "pad needs an image", Vector);
    }

    [Test]
    public void Depth_to_space_divides_the_channels_by_the_blocks_square()
    {
        Assert.That(new DepthToSpace(2).InferShape([Shape.Image(12, 3, 5)]), Is.EqualTo(Shape.Image(3, 6, 10)));
        CheckRefused(new DepthToSpace(3), "blocks of 3 are impossible", Shape.Image(12, 3, 5));
        CheckRefused(new DepthToSpace(0), "blocks of 0 are impossible", Shape.Image(12, 3, 5));
        CheckRefused(new DepthToSpace(65536), "blocks of 65536 are impossible", Shape.Image(12, 3, 5));
        CheckRefused(new DepthToSpace(2), "blocks of 2 make the input", Shape.Image(4, 600_000, 1));
        CheckRefused(new DepthToSpace(2), "depthtospace needs an image", Vector);
    }

    [Test]
    public void Space_to_depth_multiplies_the_channels_by_the_blocks_square()
    {
        Assert.That(new SpaceToDepth(2).InferShape([Image]), Is.EqualTo(Shape.Image(24, 4, 5)));
        CheckRefused(new SpaceToDepth(4), "blocks of 4 are impossible: the side must be from 1 to 1,024, and divide both height and width of the input [6, 8, 10]", Image);
        CheckRefused(new SpaceToDepth(5), "blocks of 5 are impossible", Image);
        CheckRefused(new SpaceToDepth(0), "blocks of 0 are impossible", Image);
        CheckRefused(new SpaceToDepth(2048), "blocks of 2048 are impossible", Shape.Image(1, 2048, 2048));
        CheckRefused(new SpaceToDepth(1024), "blocks of 1024 make 2,097,152 channels of the input", Shape.Image(2, 1024, 1024));
        CheckRefused(new SpaceToDepth(2), "spacetodepth needs an image", Vector);
    }

    [Test]
    public void Upsampling_multiplies_height_and_width()
    {
        Assert.That(new Upsample(new(3, 1)).InferShape([Image]), Is.EqualTo(Shape.Image(6, 24, 10)));
        CheckRefused(new Upsample(new(0, 1)), "a factor of 0 x 1 is impossible: both must be at least 1", Image);
        CheckRefused(new Upsample(new(1, -1)), "a factor of 1 x -1 is impossible", Image);
        CheckRefused(new Upsample(new(1, int.MaxValue)), "a factor of 1 x 2147483647 makes the input [6, 8, 10] larger than 1,048,576 pixels a side", Image);
        CheckRefused(new Upsample(2), "upsample needs an image", Vector);
    }

    [Test]
    public void Instance_normalisation_keeps_the_shape_and_has_two_numbers_a_channel()
    {
        Assert.That(new InstanceNormalization().InferShape([Image]), Is.EqualTo(Image));
        Assert.That(new InstanceNormalization().GetParameters([Image]), Is.EqualTo(new LayerParameter[]
        {
            new("weight", Shape.Vector(6)), new("bias", Shape.Vector(6)),
        }));
        CheckRefused(new InstanceNormalization(), "instancenorm needs an image", Vector);
    }

    [Test]
    public void A_kind_that_there_is_not_is_refused_by_its_number()
    {
        CheckRefused(new Binary((BinaryOperation)99), "there is no binary operation 99", Image, Image);
        CheckRefused(new BinaryConstant((BinaryOperation)(-1), [1]), "there is no binary operation -1", Image);
        CheckRefused(new Pool2D((PoolKind)99, 1, 1, 0), "there is no pooling of the kind 99", Image);
        CheckRefused(new AdaptivePool2D((PoolKind)99, 1), "there is no pooling of the kind 99", Image);
        CheckRefused(new ActivationLayer(new Activation((ActivationKind)99)), "there is no activation 99", Image);
    }

    [Test]
    public void Only_a_parametric_relu_has_a_number_a_channel()
    {
        foreach (ActivationKind kind in Enum.GetValues<ActivationKind>())
        {
            Assert.That(
                new ActivationLayer(new Activation(kind)).GetParameters([Image]),
                Is.EqualTo(kind == ActivationKind.ParametricRelu ? new LayerParameter[] { new("weight", Shape.Vector(6)) } : []),
                $"{kind}");
        }
    }

    [Test]
    public void Concatenation_adds_the_channels()
    {
        Assert.That(new Concat().InferShape([Image, Shape.Image(1, 8, 10), Image]), Is.EqualTo(Shape.Image(13, 8, 10)));
        Assert.That(new Concat().InferShape([Vector, Vector]), Is.EqualTo(Shape.Vector(14)));
        Assert.That(new Concat().InferShape([Vector]), Is.EqualTo(Vector));
        CheckRefused(new Concat(), "must agree in height and width, but are [6, 8, 10] and [6, 8, 11]", Image, Image, Shape.Image(6, 8, 11));
        CheckRefused(new Concat(), "are [6, 8, 10] and [6, 9, 10]", Image, Shape.Image(6, 9, 10));
        CheckRefused(new Concat(), "are [7] and [7, 1, 1]", Vector, Shape.Image(7, 1, 1));
        CheckRefused(new Concat(), "1,200,000 channels together", Shape.Vector(600_000), Shape.Vector(600_000));
    }

    [Test]
    public void An_input_is_an_image_or_a_vector()
    {
        Assert.That(new Input(Image).InferShape([]), Is.EqualTo(Image));
        Assert.That(new Input(Vector).InferShape([]), Is.EqualTo(Vector));
        CheckRefused(new Input(new Shape(1, 3, 8, 8)), "its shape [1, 3, 8, 8] is neither an image");
        CheckRefused(new Input(default), "its shape [] is neither an image");
    }

    private static void CheckRefused(Layer layer, string expected, params Shape[] inputs) =>
        Assert.That(() => layer.InferShape(inputs), Throws.TypeOf<LayerException>().With.Message.Contains(expected));
}
