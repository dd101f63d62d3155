using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Chains;

/// <summary>A map between two stages of a chain: [row][column][channel] of elements, with the zeros that its reader pads with.</summary>
/// <param name="Shape">What lies in it.</param>
/// <param name="PaddedChannels">Elements of a pixel: its channels, and those that fill up the tiles of the stage that writes it.</param>
/// <param name="Padding">The zeros around it.</param>
/// <param name="Begin">Elements before it.</param>
internal readonly record struct ChainMap(Shape Shape, int PaddedChannels, Padding Padding, int Begin)
{
    /// <summary>From row to row.</summary>
    public int Row => checked((Padding.Left + Shape.Width + Padding.Right) * PaddedChannels);

    /// <summary>The first element that is no padding.</summary>
    public int First => checked(Begin + (Padding.Top * Row) + (Padding.Left * PaddedChannels));

    /// <summary>The first element behind it.</summary>
    public int End => checked(Begin + ((Padding.Top + Shape.Height + Padding.Bottom) * Row));

    /// <summary>True where nothing lies between two pixels' channels.</summary>
    public bool IsDense => PaddedChannels == Shape.Channels;
}
