using System.Text.Json;
using System.Text.Json.Serialization;
using Convoy.Layers;

namespace Convoy.ModelFiles;

/// <summary>A kernel or stride: one number for a square, or [height, width].</summary>
internal sealed class ExtentConverter : JsonConverter<Extent2D>
{
    public override Extent2D Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IntegerList.Read(ref reader, 2) switch
        {
            [int side] => side,
            [int height, int width] => new Extent2D(height, width),
            _ => throw new JsonException("a kernel, stride or dilation is one number, or [height, width]"),
        };

    public override void Write(Utf8JsonWriter writer, Extent2D value, JsonSerializerOptions options)
    {
        if (value.Height == value.Width)
        {
            writer.WriteNumberValue(value.Height);
        }
        else
        {
            IntegerList.Write(writer, [value.Height, value.Width]);
        }
    }
}

/// <summary>A padding: one number for all sides, [top, left, bottom, right], "same", or "same-lower".</summary>
internal sealed class PaddingConverter : JsonConverter<Padding>
{
    private static readonly ImmutableArray<Padding> Named = [Padding.Same, Padding.SameLower];

    public override Padding Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            string? word = reader.GetString();
            foreach (Padding named in Named)
            {
                if (named.ToString() == word)
                {
                    return named;
                }
            }

            throw Wrong();
        }

        return IntegerList.Read(ref reader, 4) switch
        {
            [int side] => side,
            [int top, int left, int bottom, int right] => new Padding(top, left, bottom, right),
            _ => throw Wrong(),
        };
    }

    public override void Write(Utf8JsonWriter writer, Padding value, JsonSerializerOptions options)
    {
        if (Named.Contains(value))
        {
            writer.WriteStringValue(value.ToString());
        }
        else if (value == Padding.FromInt32(value.Top))
        {
            writer.WriteNumberValue(value.Top);
        }
        else
        {
            IntegerList.Write(writer, [value.Top, value.Left, value.Bottom, value.Right]);
        }
    }

    private static JsonException Wrong() => new("a padding is one number, [top, left, bottom, right], \"same\" or \"same-lower\"");
}

/// <summary>A shape: its extents, as [3, 227, 227].</summary>
internal sealed class ShapeConverter : JsonConverter<Shape>
{
    private const int MostExtents = 8;

    public override Shape Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return new Shape(IntegerList.Read(ref reader, MostExtents).AsSpan());
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new JsonException("a shape's extents are at least 1", e);
        }
    }

    public override void Write(Utf8JsonWriter writer, Shape value, JsonSerializerOptions options) => IntegerList.Write(writer, value.Extents.AsSpan());
}

/// <summary>Integers as one number or as an array of some.</summary>
internal static class IntegerList
{
    public static ImmutableArray<int> Read(ref Utf8JsonReader reader, int most)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            return [Integer(ref reader)];
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("a whole number, or an array of some, should stand here");
        }

        var numbers = ImmutableArray.CreateBuilder<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            numbers.Add(numbers.Count < most ? Integer(ref reader) : throw new JsonException(FormattableString.Invariant($"an array of more than {most} numbers is too long here")));
        }

        return numbers.ToImmutable();
    }

    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<int> numbers)
    {
        writer.WriteStartArray();
        foreach (int number in numbers)
        {
            writer.WriteNumberValue(number);
        }

        writer.WriteEndArray();
    }

    private static int Integer(ref Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int number)
        ? number
        : throw new JsonException("a whole number should stand here");
}
