using Convoy.Layers;

namespace Convoy.ModelFiles.Keras;

/// <summary>
/// Keras' layers that give a tensor other extents. Its numbers are counted by rows, columns, channels there, and by channels, rows,
/// columns in a network: where no weights can be turned instead, the network puts them in the other order.
/// </summary>
internal static class KerasReshaping
{
    /// <summary>
    /// Flatten. Told that channels are first, it puts what stands first behind all else before it counts, whatever that is: so a
    /// model with its channels first counts by rows, columns, channels too.
    /// </summary>
    public static KerasValue Flatten(KerasCall call)
    {
        KerasValue input = call.Input;
        if (input.Rank == 1)
        {
            return input;
        }

        bool isTold = call.Settings.Text("data_format", "channels_last") == "channels_first";
        bool isFirst = call.Network.IsChannelsFirst;
        return (input.Rank, isFirst, isTold) switch
        {
            (2, _, false) or (3, true, false) => call.Add(new Flatten(), 1, input),
            (2, _, true) => call.Add(new Flatten(), 1, AddTransposed(call, input, new Transpose(0, 2, 1))),
            (_, false, true) => call.Add(new Flatten(), 1, AddTransposed(call, input, new Transpose(2, 0, 1))),
            _ when IsSameEitherWay(input.Shape) => call.Add(new Flatten(), 1, input),
            _ when call.Network.Graph.IsReadByDenseAlone(call.Layer.Name) => call.Add(new Flatten(), 1, input) with { Map = input.Shape },
            _ => call.Add(new Flatten(), 1, AddChannelsLast(call, input)),
        };
    }

    /// <summary>Reshape.</summary>
    public static KerasValue Reshape(KerasCall call)
    {
        ImmutableArray<int> target = Complete(call.Settings.Integers("target_shape"), call.Input.Shape.Count);
        KerasValue vector = AddVector(call);
        bool isFirst = call.Network.IsChannelsFirst;
        switch (target)
        {
            case [var features]:
                return features == vector.Shape.Count ? vector : throw new KerasProblem("gives another number of features than it reads");
            case [var height, var width]:
                return call.Add(new Unflatten(Shape.Image(1, height, width)), 2, vector);
            case [var channels, var height, var width] when isFirst:
                return call.Add(new Unflatten(Shape.Image(channels, height, width)), 3, vector);
            case [var height, var width, var channels] when IsSameEitherWay(Shape.Image(channels, height, width)):
                return call.Add(new Unflatten(Shape.Image(channels, height, width)), 3, vector);
            case [var height, var width, var channels]:
                KerasValue image = call.Network.Add($"{call.Name}.unflatten", new Unflatten(Shape.Image(height, width, channels)), 3, vector);
                return call.Add(new Transpose(2, 0, 1), 3, image);
            default:
                throw new KerasProblem($"makes a tensor of {target.Length} extents, but only images and vectors are supported");
        }
    }

    /// <summary>Permute, of an image.</summary>
    public static KerasValue Permute(KerasCall call)
    {
        ImmutableArray<int> dims = call.Settings.Integers("dims");
        KerasValue input = call.Input;
        if (input.Rank != 3 || !dims.Order().SequenceEqual([1, 2, 3]))
        {
            throw new KerasProblem($"puts {input.Rank} extents in the order {string.Join(", ", dims)}, but is supported for images alone");
        }

        // Axis i of Keras' image is one of the network's: rows, columns, channels are its axes 1, 2, 0.
        ReadOnlySpan<int> axes = call.Network.IsChannelsFirst ? [0, 1, 2] : [1, 2, 0];
        Span<int> order = stackalloc int[3];
        for (int i = 0; i < order.Length; i++)
        {
            order[axes[i]] = axes[dims[i] - 1];
        }

        return call.Add(new Transpose(order[0], order[1], order[2]), 3, input);
    }

    private static KerasValue AddVector(KerasCall call)
    {
        KerasValue input = call.Input;
        if (input.Rank == 1)
        {
            return input;
        }

        KerasValue source = call.Network.IsChannelsFirst || IsSameEitherWay(input.Shape) ? input : AddChannelsLast(call, input);
        return call.Network.Add($"{call.Name}.flatten", new Flatten(), 1, source);
    }

    private static KerasValue AddChannelsLast(KerasCall call, KerasValue input) => AddTransposed(call, input, new Transpose(1, 2, 0));

    private static KerasValue AddTransposed(KerasCall call, KerasValue input, Transpose transpose) =>
        call.Network.Add($"{call.Name}.transpose", transpose, input.Rank, input);

    private static bool IsSameEitherWay(Shape image) => image.Channels == 1 || image.Height * image.Width == 1;

    private static ImmutableArray<int> Complete(ImmutableArray<int> target, long count)
    {
        if (target.Count(extent => extent == -1) > 1 || target.Any(extent => extent is 0 or < -1))
        {
            throw new KerasProblem($"has the target shape {string.Join(", ", target)}, which is impossible");
        }

        long known = 1;
        foreach (int extent in target)
        {
            known = extent == -1 ? known : checked(known * extent);
        }

        return known <= count && count % known == 0
            ? [.. target.Select(extent => extent == -1 ? checked((int)(count / known)) : extent)]
            : throw new KerasProblem($"makes {string.Join(" x ", target)} of {count:N0} numbers, which is impossible");
    }
}
