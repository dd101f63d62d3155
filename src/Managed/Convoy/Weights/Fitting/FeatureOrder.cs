namespace Convoy.Weights.Fitting;

/// <summary>In which order weights that Keras made have the features that a node gives; null stands for the network's own.</summary>
internal abstract record FeatureOrder
{
    /// <summary>Of each of the network's features, the place that it has in Keras' order.</summary>
    /// <param name="order">The order.</param>
    /// <param name="count">How many features there are.</param>
    public static int[] ToPlaces(FeatureOrder order, int count)
    {
        int[] places = new int[count];
        int start = 0;
        var left = new Stack<(FeatureOrder? Order, int Count)>([(order, count)]);
        while (left.TryPop(out (FeatureOrder? Order, int Count) part))
        {
            if (part.Order is Joined joined)
            {
                foreach ((FeatureOrder? Order, int Count) each in joined.Parts.Reverse())
                {
                    left.Push(each);
                }

                continue;
            }

            FillPlaces(part.Order as Flattened, places.AsSpan(start, part.Count), start);
            start += part.Count;
        }

        return places;
    }

    private static void FillPlaces(Flattened? flattened, Span<int> places, int start)
    {
        int channels = flattened?.Map.Channels ?? 1;
        int pixels = places.Length / channels;
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = start + (i % pixels * channels) + (i / pixels);
        }
    }

    /// <summary>Those of a feature map, by rows, columns and channels; the network has them by channels, rows and columns.</summary>
    public sealed record Flattened(Shape Map) : FeatureOrder;

    /// <summary>Those of an image whose channels the network itself has put last: once it is flattened, Keras' order is the network's.</summary>
    public sealed record ChannelsLast : FeatureOrder;

    /// <summary>Those of a fully connected layer, which are in the network's order as long as nothing makes an image of them.</summary>
    public sealed record Connected(Node Layer) : FeatureOrder;

    /// <summary>Those of several vectors, one behind the other.</summary>
    public sealed record Joined(ImmutableArray<(FeatureOrder? Order, int Count)> Parts) : FeatureOrder
    {
        /// <summary>The same one: to compare all parts of what was joined again and again would take too long.</summary>
        public bool Equals(Joined? other) => ReferenceEquals(this, other);

        /// <inheritdoc/>
        public override int GetHashCode() => Parts.Length;
    }

    /// <summary>Not known, because of what a layer does with features whose order it was.</summary>
    public sealed record Unclear(Node Layer) : FeatureOrder;
}
