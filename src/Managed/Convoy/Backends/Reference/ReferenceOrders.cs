using Convoy.Layers;

namespace Convoy.Backends.Reference;

/// <summary>Layers whose output has numbers of the input, each from one place: where from, as their definitions read, over one image.</summary>
internal static class ReferenceOrders
{
    /// <summary>Where a number of the output comes from.</summary>
    /// <param name="channel">Its channel.</param>
    /// <param name="row">Its row.</param>
    /// <param name="column">Its column.</param>
    /// <returns>The channel, row and column in the input.</returns>
    private delegate (int Channel, int Row, int Column) Origin(int channel, int row, int column);

    /// <summary>The function of a step; null where its layer is of another family.</summary>
    public static ImageFunction? Select(FusedStep step)
    {
        Shape input = step.InputShapes[0];
        Shape output = step.OutputShape;
        return step.Layer switch
        {
            // In channel, row, column order a vector and its image are the same.
            Flatten or Unflatten => (x, y) => x[0].CopyTo(y),
            Transpose layer => From((c, h, w) => Permute(layer, c, h, w)),
            Slice layer => From((c, h, w) => (layer.Start + (c * layer.Step), h, w)),
            DepthToSpace layer => From((c, h, w) => Spread(layer, output.Channels, c, h, w)),
            SpaceToDepth { Block: int b } => From((c, h, w) => Gather(b, input.Channels, c, h, w)),
            Upsample { Factor: (int f, int g) } => From((c, h, w) => (c, h / f, w / g)),
            _ => null,
        };

        ImageFunction From(Origin origin) => (x, y) => Copy(origin, x[0], input, y, output);
    }

    private static void Copy(Origin origin, ReadOnlyMemory<double> input, Shape inputShape, Memory<double> output, Shape outputShape)
    {
        ReadOnlySpan<double> x = input.Span;
        Span<double> y = output.Span;
        int next = 0;
        for (int channel = 0; channel < outputShape.Channels; channel++)
        {
            for (int row = 0; row < outputShape.Height; row++)
            {
                for (int column = 0; column < outputShape.Width; column++)
                {
                    (int c, int h, int w) = origin(channel, row, column);
                    y[next++] = x[(((c * inputShape.Height) + h) * inputShape.Width) + w];
                }
            }
        }
    }

    /// <summary>The place of which axis First is c, axis Second h, and axis Third w.</summary>
    private static (int Channel, int Row, int Column) Permute(Transpose layer, int c, int h, int w)
    {
        Span<int> place = [0, 0, 0];
        place[layer.First] = c;
        place[layer.Second] = h;
        place[layer.Third] = w;
        return (place[0], place[1], place[2]);
    }

    /// <summary>y[c, h b + i, w b + j] = x[k, h, w], where k is c b b + i b + j, or (i b + j) C + c.</summary>
    private static (int Channel, int Row, int Column) Spread(DepthToSpace layer, int channels, int c, int h, int w)
    {
        int b = layer.Block;
        int place = (h % b * b) + (w % b);
        return (layer.ChannelMajor ? (c * b * b) + place : (place * channels) + c, h / b, w / b);
    }

    /// <summary>y[(i b + j) C + c, h, w] = x[c, h b + i, w b + j].</summary>
    private static (int Channel, int Row, int Column) Gather(int b, int channels, int k, int h, int w)
    {
        (int place, int c) = Math.DivRem(k, channels);
        return (c, (h * b) + (place / b), (w * b) + (place % b));
    }
}
