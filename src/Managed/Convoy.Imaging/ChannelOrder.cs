namespace Convoy.Imaging;

/// <summary>Which channels a network reads, and in what order.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red.</summary>
    Bgr,

    /// <summary>One channel: ITU-R BT.601 luma, (19595 R + 38470 G + 7471 B + 32768) / 65536 rounded down.</summary>
    Grey,
}
