using System.Diagnostics.CodeAnalysis;

namespace Convoy.Tensors;

/// <summary>
/// The extents of a tensor, outermost first. An image or feature map is (channels, height, width) and a vector
/// (features); neither says how the numbers lie in memory, which is a <see cref="Layout"/>.
/// </summary>
public readonly struct Shape : IEquatable<Shape>
{
    private readonly ImmutableArray<int> _extents;

    /// <summary>Creates a shape from its extents, outermost first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An extent is below one, or the element count exceeds 2^63.</exception>
    public Shape(params ReadOnlySpan<int> extents)
    {
        long count = 1;
        for (int i = 0; i < extents.Length; i++)
        {
            if (extents[i] < 1)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(extents), $"Extent {i} of a shape is {extents[i]}; every extent must be at least 1.");
            }

            if (!TryMultiply(count, extents[i], out count))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(extents), $"The shape {Join(extents)} holds more elements than a 64-bit count can say.");
            }
        }

        _extents = ImmutableArray.Create(extents);
    }

    /// <summary>A feature map of one image.</summary>
    public static Shape Image(int channels, int height, int width) => new(channels, height, width);

    /// <summary>A vector of features.</summary>
    public static Shape Vector(int features) => new(features);

    /// <summary>The number of extents; 0 for a scalar.</summary>
    public int Rank => Extents.Length;

    /// <summary>The extents, outermost first.</summary>
    public ImmutableArray<int> Extents => _extents.IsDefault ? [] : _extents;

    /// <summary>The extent at a position, outermost first.</summary>
    public int this[int index] => Extents[index];

    /// <summary>The number of elements.</summary>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (int extent in Extents)
            {
                count *= extent;
            }

            return count;
        }
    }

    /// <summary>True for (channels, height, width).</summary>
    public bool IsImage => Rank == 3;

    /// <summary>True for (features).</summary>
    public bool IsVector => Rank == 1;

    /// <summary>Channels of an image, or the features of a vector.</summary>
    public int Channels => this[0];

    /// <summary>Height of an image; 1 for a vector.</summary>
    public int Height => IsImage ? this[1] : 1;

    /// <summary>Width of an image; 1 for a vector.</summary>
    public int Width => IsImage ? this[2] : 1;

    /// <summary>Compares extents.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Compares extents.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(Shape other) => Extents.AsSpan().SequenceEqual(other.Extents.AsSpan());

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int extent in Extents)
        {
            hash.Add(extent);
        }

        return hash.ToHashCode();
    }

    /// <summary>The extents as "[96, 55, 55]".</summary>
    public override string ToString() => Join(Extents.AsSpan());

    /// <summary>The extents as the tables show them: "96 x 55 x 55" (channels, height, width), or "4096".</summary>
    public string ToTableString() => string.Join(" x ", Extents);

    private static bool TryMultiply(long left, long right, out long product)
    {
        product = unchecked(left * right);
        return Math.BigMul(left, right, out _) == 0 && product >= 0;
    }

    private static string Join(ReadOnlySpan<int> extents) => $"[{string.Join(", ", extents.ToArray())}]";
}
