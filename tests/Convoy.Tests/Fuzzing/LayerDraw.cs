namespace Convoy.Tests.Fuzzing;

/// <summary>Draws one more layer behind a network, of every kind that the builder has a method for.</summary>
/// <param name="random">What chooses.</param>
/// <param name="network">The network as it is.</param>
/// <param name="input">The layer that the new one is to read.</param>
/// <param name="name">The new one's name.</param>
internal sealed class LayerDraw(Random random, Network network, Node input, string name)
{
    /// <summary>What a layer of each of the builder's methods is drawn by.</summary>
    public static IReadOnlyDictionary<string, Func<LayerDraw, NetworkBuilder, NetworkBuilder>> Kinds { get; } = new Dictionary<string, Func<LayerDraw, NetworkBuilder, NetworkBuilder>>
    {
        [nameof(NetworkBuilder.Convolution)] = (draw, builder) => draw.Convolution(builder),
        [nameof(NetworkBuilder.MaxPool)] = (draw, builder) => builder.MaxPool(draw.Name, draw.Extent(4), draw.Extent(3), draw.AnyPadding(2), draw.Flip(), draw.MaybeDilation()),
        [nameof(NetworkBuilder.AveragePool)] =
            (draw, builder) => builder.AveragePool(draw.Name, draw.Extent(4), draw.Extent(3), draw.AnyPadding(2), draw.Flip(), draw.Flip(), draw.MaybeDilation()),
        [nameof(NetworkBuilder.AdaptiveMaxPool)] = (draw, builder) => builder.AdaptiveMaxPool(draw.Name, draw.Extent(5)),
        [nameof(NetworkBuilder.AdaptiveAveragePool)] = (draw, builder) => builder.AdaptiveAveragePool(draw.Name, draw.Extent(5)),
        [nameof(NetworkBuilder.GlobalMaxPool)] = (draw, builder) => builder.GlobalMaxPool(draw.Name),
        [nameof(NetworkBuilder.GlobalAveragePool)] = (draw, builder) => builder.GlobalAveragePool(draw.Name),
        [nameof(NetworkBuilder.Pad)] = (draw, builder) => builder.Pad(draw.Name, draw.ExplicitPadding(4), draw.Real(-1, 1)),
        [nameof(NetworkBuilder.FullyConnected)] = (draw, builder) => builder.FullyConnected(draw.Name, draw.Count(70), draw.Flip(), draw.MaybeActivation()),
        [nameof(NetworkBuilder.Activate)] = (draw, builder) => builder.Activate(draw.Name, draw.AnyActivation()),
        [nameof(NetworkBuilder.Relu)] = (draw, builder) => builder.Relu(draw.Name),
        [nameof(NetworkBuilder.LeakyRelu)] = (draw, builder) => builder.LeakyRelu(draw.Name, draw.Real(-0.5f, 1.5f)),
        [nameof(NetworkBuilder.ParametricRelu)] = (draw, builder) => builder.ParametricRelu(draw.Name),
        [nameof(NetworkBuilder.Clip)] = (draw, builder) => builder.Clip(draw.Name, draw.Flip() ? float.NegativeInfinity : draw.Real(-1, 0), draw.Real(0, 6)),
        [nameof(NetworkBuilder.Sigmoid)] = (draw, builder) => builder.Sigmoid(draw.Name),
        [nameof(NetworkBuilder.Tanh)] = (draw, builder) => builder.Tanh(draw.Name),
        [nameof(NetworkBuilder.LocalResponseNormalization)] =
            (draw, builder) => builder.LocalResponseNormalization(draw.Name, draw.Count(6), draw.Real(0, 1), draw.Real(0.5f, 1), draw.Real(1, 2), draw.AnyOf(Enum.GetValues<LrnAlignment>())),
        [nameof(NetworkBuilder.BatchNormalization)] = (draw, builder) => builder.BatchNormalization(draw.Name, draw.Real(1e-5f, 0.1f)),
        [nameof(NetworkBuilder.InstanceNormalization)] = (draw, builder) => builder.InstanceNormalization(draw.Name, draw.Real(0.01f, 0.1f)),
        [nameof(NetworkBuilder.Dropout)] = (draw, builder) => builder.Dropout(draw.Name, draw.Real(0, 0.9f)),
        [nameof(NetworkBuilder.Flatten)] = (draw, builder) => builder.Flatten(draw.Name),
        [nameof(NetworkBuilder.Unflatten)] = (draw, builder) => draw.Unflatten(builder),
        [nameof(NetworkBuilder.Slice)] = (draw, builder) => draw.Slice(builder),
        [nameof(NetworkBuilder.Upsample)] = (draw, builder) => builder.Upsample(draw.Name, draw.Extent(3)),
        [nameof(NetworkBuilder.Softmax)] = (draw, builder) => builder.Softmax(draw.Name),
        [nameof(NetworkBuilder.LogSoftmax)] = (draw, builder) => builder.LogSoftmax(draw.Name),
        [nameof(NetworkBuilder.Add)] = (draw, builder) => builder.Add(draw.Name, draw.Input, draw.Partner()),
        [nameof(NetworkBuilder.Subtract)] = (draw, builder) => builder.Subtract(draw.Name, draw.Partner(), draw.Input),
        [nameof(NetworkBuilder.Multiply)] = (draw, builder) => builder.Multiply(draw.Name, draw.Input, draw.Partner()),
        [nameof(NetworkBuilder.Divide)] = (draw, builder) => draw.AwayFromZero(builder, draw.Partner()).Divide(draw.Name, draw.Input, builder.Last),
        [nameof(NetworkBuilder.Minimum)] = (draw, builder) => builder.Minimum(draw.Name, draw.Input, draw.Partner()),
        [nameof(NetworkBuilder.Maximum)] = (draw, builder) => builder.Maximum(draw.Name, draw.Partner(), draw.Input),
        [nameof(NetworkBuilder.BinaryConstant)] = (draw, builder) => draw.BinaryConstant(builder),
        [nameof(NetworkBuilder.Concat)] = (draw, builder) => builder.Concat(draw.Name, draw.Companions()),

        // What has no method of its own.
        [nameof(NetworkBuilder.Append)] = (draw, builder) => draw.Another(builder),
    };

    private string Name => name;

    private string Input => input.Name;

    private Shape Shape => input.Shape;

    /// <summary>The input, or now and then another layer of its shape, or one that is broadcast over it, or over which it is.</summary>
    private string Partner() => AnyOf([.. network.Nodes.Where(node => node.Shape == Shape || (Flip() && Meets(node.Shape)))]).Name;

    private bool Meets(Shape other)
    {
        (Shape large, Shape small) = other.Count > Shape.Count ? (other, Shape) : (Shape, other);
        return small.Count == 1 || (small.Count == small.Channels && small.Channels == large.Channels);
    }

    private string[] Companions()
    {
        Node[] fitting = [.. network.Nodes.Where(node => node.Shape.Rank == Shape.Rank && node.Shape.Height == Shape.Height && node.Shape.Width == Shape.Width)];
        return [.. Enumerable.Range(0, Count(4)).Select(i => i == 0 ? Input : AnyOf(fitting).Name)];
    }

    private NetworkBuilder Convolution(NetworkBuilder builder)
    {
        int channels = Shape.Channels;
        int groups = random.Next(3) > 0 ? 1 : AnyOf([.. Enumerable.Range(1, channels).Where(each => channels % each == 0)]);
        int filters = groups * Count(groups == 1 ? 33 : 4);
        Activation activation = MaybeActivation();

        // Half of them are of the kinds that Winograd's algorithm is for.
        return Flip()
            ? builder.Convolution(Name, filters, AnyOf([3, 5]), padding: AnyPadding(3), groups: groups, bias: Flip(), activation: activation)
            : builder.Convolution(Name, filters, Extent(7), Extent(3), AnyPadding(4), random.Next(3) == 0 ? Extent(3) : 1, groups, Flip(), activation);
    }

    private NetworkBuilder Another(NetworkBuilder builder) => random.Next(3) switch
    {
        0 => DepthToSpace(builder),
        1 => builder.Append(Name, new SpaceToDepth(AnyOf([.. Enumerable.Range(1, 4).Where(each => Shape.Height % each == 0 && Shape.Width % each == 0)]))),
        _ => builder.Append(Name, AnyOf<Transpose>([new(0, 1, 2), new(0, 2, 1), new(1, 0, 2), new(1, 2, 0), new(2, 0, 1), new(2, 1, 0)])),
    };

    private NetworkBuilder Unflatten(NetworkBuilder builder)
    {
        int count = (int)Shape.Count;
        int channels = Divisor(count);
        int height = Divisor(count / channels);
        return (Shape.IsVector ? builder : builder.Flatten($"{Name}.flat")).Unflatten(Name, Shape.Image(channels, height, count / channels / height));
    }

    private NetworkBuilder Slice(NetworkBuilder builder)
    {
        int step = Count(3);
        int count = Count(Math.Max(1, Shape.Channels / step));
        int reach = (count - 1) * step;
        int start = random.Next(Math.Max(1, Shape.Channels - reach));
        return Flip() ? builder.Slice(Name, start, count, step) : builder.Slice(Name, start + reach, count, -step);
    }

    private int Divisor(int count) => AnyOf([.. Enumerable.Range(1, count).Where(each => count % each == 0)]);

    private Extent2D? MaybeDilation() => Flip() ? null : Extent(3);

    private NetworkBuilder DepthToSpace(NetworkBuilder builder)
    {
        int block = Count(3);
        if (Shape.Channels % (block * block) != 0)
        {
            builder.Append($"{Name}.wide", new Convolution2D(block * block * Count(4), 1, 1, 0, 1));
        }

        return builder.Append(Name, new DepthToSpace(block, Flip()));
    }

    private NetworkBuilder BinaryConstant(NetworkBuilder builder)
    {
        BinaryOperation operation = AnyOf(Enum.GetValues<BinaryOperation>());
        bool constantFirst = Flip();
        return (constantFirst && operation == BinaryOperation.Divide ? AwayFromZero(builder, Input) : builder).BinaryConstant(Name, operation, Constant(), constantFirst);
    }

    /// <summary>A layer's numbers between 0.5 and 2, so that a division by them has a small error as it ought to.</summary>
    private NetworkBuilder AwayFromZero(NetworkBuilder builder, string of) => builder.From(of).Clip($"{Name}.divisor", 0.5f, 2);

    private float[] Constant() => [.. Enumerable.Range(0, Flip() ? 1 : Shape.Channels).Select(_ => Real(0.5f, 2) * (Flip() ? 1 : -1))];

    private Activation MaybeActivation() => Flip() ? AnyActivation() : Activation.None;

    private Activation AnyActivation()
    {
        ActivationKind kind = AnyOf(Enum.GetValues<ActivationKind>());
        return kind switch
        {
            ActivationKind.LeakyRelu => Activation.LeakyRelu(Real(-0.5f, 1.5f)),
            ActivationKind.Clip => Activation.Clip(Real(-1, 0), Flip() ? float.PositiveInfinity : Real(0, 6)),
            ActivationKind.HardSigmoid => Activation.HardSigmoid(Real(0.1f, 0.3f), Real(0, 1)),
            ActivationKind.Elu => Activation.Elu(Real(0.5f, 2)),
            ActivationKind.Selu => Activation.Selu(),
            _ => new Activation(kind),
        };
    }

    private Padding AnyPadding(int most) => random.Next(4) switch
    {
        0 => 0,
        1 => AnyOf([Padding.Same, Padding.SameLower]),
        2 => ExplicitPadding(most),
        _ => random.Next(most),
    };

    private Padding ExplicitPadding(int most) => new(random.Next(most), random.Next(most), random.Next(most), random.Next(most));

    private Extent2D Extent(int most) => Flip() ? Count(most) : new Extent2D(Count(most), Count(most));

    private int Count(int most) => 1 + random.Next(most);

    private float Real(float least, float most) => least + (random.NextSingle() * (most - least));

    private bool Flip() => random.Next(2) == 0;

    private T AnyOf<T>(IReadOnlyList<T> items) => Mutation.Any(random, items);
}
