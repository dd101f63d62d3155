using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Convoy.Imaging;

/// <summary>
/// How an image becomes a network's input: which channels, which part of the picture at which size, and the value
/// <c>(byte * Scale - Mean) / Deviation</c> that each byte becomes.
/// </summary>
/// <remarks>
/// With a <paramref name="ResizeShortSide"/> the picture keeps its proportions and its centre is cropped to the network's
/// size; where the network's longer side exceeds the short side asked for, the picture is resized to that instead, so that
/// the crop is always covered; with <see cref="Warp"/> both sides become that long. Without one, the whole picture is squeezed into a centred square of
/// <paramref name="ContentSide"/> pixels and the rest of the input is background: byte 0, normalised like any other.
/// </remarks>
/// <param name="Name">The name to find the preset by.</param>
/// <param name="Order">The network's channels.</param>
/// <param name="ResizeShortSide">What the picture's shorter side is resized to before the crop, in pixels; 0 to fit the whole picture.</param>
/// <param name="Scale">What a byte of 0 to 255 is multiplied with first.</param>
/// <param name="Mean">Subtracted after scaling: one value a channel, in the order of <paramref name="Order"/>.</param>
/// <param name="Deviation">Divided by last: one positive value a channel, in the order of <paramref name="Order"/>.</param>
/// <param name="ContentSide">When fitting, the side of the square that the picture fills; 0 for all of the input.</param>
public sealed record ImagePreset(
    string Name,
    ChannelOrder Order,
    int ResizeShortSide,
    float Scale,
    ImmutableArray<float> Mean,
    ImmutableArray<float> Deviation,
    int ContentSide = 0)
{
    /// <summary>torchvision's evaluation transform: short side to 256, centre crop, RGB in 0 to 1 less mean over deviation.</summary>
    public static ImagePreset ImageNet { get; } =
        new("imagenet", ChannelOrder.Rgb, 256, 1f / 255f, [0.485f, 0.456f, 0.406f], [0.229f, 0.224f, 0.225f]);

    /// <summary>Caffe's reference models: warped to 256 x 256, centre crop, BGR in 0 to 255 less 104, 117, 123.</summary>
    public static ImagePreset Caffe { get; } =
        new("caffe", ChannelOrder.Bgr, 256, 1f, [104f, 117f, 123f], [1f, 1f, 1f]) { Warp = true };

    /// <summary>Google's Inception and MobileNet: short side to 256, centre crop, RGB in -1 to 1.</summary>
    public static ImagePreset Inception { get; } =
        new("inception", ChannelOrder.Rgb, 256, 1f / 127.5f, [1f, 1f, 1f], [1f, 1f, 1f]);

    /// <summary>MNIST's digits: grey in 0 to 1, fitted to 28 x 28, centred on background 0.</summary>
    public static ImagePreset Mnist { get; } =
        new("mnist", ChannelOrder.Grey, 0, 1f / 255f, [0f], [1f], ContentSide: 28);

    /// <summary>The presets that have a name.</summary>
    public static IReadOnlyList<ImagePreset> All { get; } = [ImageNet, Caffe, Inception, Mnist];

    /// <summary>The network's channels.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such order.</exception>
    public ChannelOrder Order { get; init => field = Known(value); } = Known(Order);

    /// <summary>
    /// Whether each byte v of the picture counts as 255 - v, for dark digits on a light background. What lies around a fitted
    /// picture stays byte 0.
    /// </summary>
    public bool Invert { get; init; }

    /// <summary>
    /// Whether the rows and columns of the upright picture are exchanged before it is resized and cropped: EMNIST stores its
    /// digits so.
    /// </summary>
    public bool Transpose { get; init; }

    /// <summary>Whether a picture that is resized before the crop becomes square, whatever its proportions.</summary>
    public bool Warp { get; init; }

    /// <summary>How many channels the preset yields: 3, or 1 for grey.</summary>
    public int Channels => Order.Channels();

    /// <summary>Finds a preset by its name, in capitals or not.</summary>
    public static bool TryFind(string name, [MaybeNullWhen(false)] out ImagePreset preset)
    {
        preset = All.FirstOrDefault(candidate => string.Equals(candidate.Name, name, StringComparison.OrdinalIgnoreCase));
        return preset is not null;
    }

    /// <summary>What each byte becomes: 256 values a channel, computed in double precision and rounded once.</summary>
    internal float[] BuildTable()
    {
        float[] table = new float[Channels * 256];
        for (int i = 0; i < table.Length; i++)
        {
            int channel = i >> 8;
            table[i] = (float)((((i & 255) * (double)Scale) - Mean[channel]) / Deviation[channel]);
        }

        return table;
    }

    private static ChannelOrder Known(ChannelOrder order) => Enum.IsDefined(order) ? order : throw ChannelOrderExtensions.Unknown(order);
}
