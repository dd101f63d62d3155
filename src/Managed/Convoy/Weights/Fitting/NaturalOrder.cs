namespace Convoy.Weights.Fitting;

/// <summary>Compares names as people count: numbers in them by their value, "layer2" before "layer10"; all else by its characters.</summary>
internal sealed class NaturalOrder : IComparer<string>
{
    public static NaturalOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        ReadOnlySpan<char> left = x;
        ReadOnlySpan<char> right = y;
        while (!left.IsEmpty && !right.IsEmpty)
        {
            ReadOnlySpan<char> leftPart = TakePart(ref left);
            ReadOnlySpan<char> rightPart = TakePart(ref right);
            int order = char.IsAsciiDigit(leftPart[0]) && char.IsAsciiDigit(rightPart[0])
                ? CompareNumbers(leftPart.TrimStart('0'), rightPart.TrimStart('0'))
                : leftPart.SequenceCompareTo(rightPart);
            if (order != 0)
            {
                return order;
            }
        }

        return left.Length - right.Length;
    }

    /// <summary>Takes the digits, or the other characters, that a name begins with.</summary>
    private static ReadOnlySpan<char> TakePart(ref ReadOnlySpan<char> name)
    {
        int length = char.IsAsciiDigit(name[0]) ? name.IndexOfAnyExceptInRange('0', '9') : name.IndexOfAnyInRange('0', '9');
        ReadOnlySpan<char> part = length < 0 ? name : name[..length];
        name = name[part.Length..];
        return part;
    }

    private static int CompareNumbers(ReadOnlySpan<char> left, ReadOnlySpan<char> right) =>
        left.Length != right.Length ? left.Length - right.Length : left.SequenceCompareTo(right);
}
