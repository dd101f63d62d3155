using System.Text.Json;
using Convoy.Layers;
using Convoy.Weights.Formats.Keras;

namespace Convoy.ModelFiles.Keras;

/// <summary>A layer asks for what networks have not; the message is the end of a sentence that begins with the layer.</summary>
internal sealed class KerasProblem(string message) : Exception(message);

/// <summary>A layer's settings, with Keras' defaults where the file leaves them out.</summary>
internal readonly struct KerasSettings(JsonElement settings)
{
    private const int MostIntegers = 8;

    /// <summary>A setting as it stands; null where there is none, or where it is null.</summary>
    public JsonElement? Find(string name) => KerasConfiguration.Member(settings, name);

    /// <summary>A text.</summary>
    public string Text(string name, string other) => Find(name) switch
    {
        null => other,
        { ValueKind: JsonValueKind.String } text => text.GetString()!,
        _ => throw Wrong(name, "a text"),
    };

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool other) => Find(name)?.ValueKind switch
    {
        null => other,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(name, "true or false"),
    };

    /// <summary>A number.</summary>
    public float Number(string name, float other) => Find(name) is { } number ? ToNumber(number, name) : other;

    /// <summary>A whole number.</summary>
    public int Integer(string name, int? other = null) => Find(name) is { } number ? ToInteger(number, name)
        : other ?? throw Wrong(name, "a whole number");

    /// <summary>Whole numbers: one, or an array of them.</summary>
    public ImmutableArray<int> Integers(string name) => Find(name) is { } numbers ? ToIntegers(numbers, name) : throw Wrong(name, "whole numbers");

    /// <summary>A height and a width: one number for both, or an array of the two.</summary>
    public Extent2D Extent(string name, Extent2D? other = null)
    {
        if (Find(name) is null)
        {
            return other ?? throw Wrong(name, "a height and a width");
        }

        return Integers(name) switch
        {
            [var side] => side,
            [var height, var width] => new Extent2D(height, width),
            _ => throw Wrong(name, "a height and a width"),
        };
    }

    /// <summary>How a window is padded.</summary>
    public Padding Padding() => Text("padding", "valid").ToLowerInvariant() switch
    {
        "valid" => default,
        "same" => Layers.Padding.Same,
        var other => throw new KerasProblem($"is padded by {Weights.WeightException.Quote(other)}, but only 'valid' and 'same' are supported"),
    };

    /// <summary>Whole numbers in an element.</summary>
    public static ImmutableArray<int> ToIntegers(JsonElement element, string name) => element.ValueKind != JsonValueKind.Array ? [ToInteger(element, name)]
        : element.GetArrayLength() <= MostIntegers ? [.. element.EnumerateArray().Select(each => ToInteger(each, name))]
        : throw Wrong(name, FormattableString.Invariant($"no more than {MostIntegers} whole numbers"));

    /// <summary>Numbers: one, or an array, or NumPy's array as Keras 3 writes it.</summary>
    public ImmutableArray<float> Numbers(string name, float other)
    {
        JsonElement? found = Find(name);
        if (found is { } array && KerasConfiguration.Member(array, "config") is { } config)
        {
            found = KerasConfiguration.Member(config, "value");
        }

        return found switch
        {
            null => [other],
            { ValueKind: JsonValueKind.Array } numbers => [.. numbers.EnumerateArray().Select(each => ToNumber(each, name))],
            { } number => [ToNumber(number, name)],
        };
    }

    private static float ToNumber(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetSingle(out float number) && float.IsFinite(number) ? number : throw Wrong(name, "a number");

    private static int ToInteger(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) ? number : throw Wrong(name, "a whole number");

    private static KerasProblem Wrong(string name, string needed) => new($"needs {needed} for '{name}'");
}
