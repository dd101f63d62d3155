using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Convoy.Profiling;

/// <summary>
/// Results of a bench as JSON, an array with names in snake case: what <c>convoy bench --output json</c> prints and a comparison
/// reads. What a file of an earlier version lacks is null, and what a later one adds is passed over.
/// </summary>
public static class BenchJson
{
    private static readonly BenchJsonContext Context = new(new JsonSerializerOptions(BenchJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>How results are written, for those who write them themselves.</summary>
    public static JsonTypeInfo<IReadOnlyList<BenchResult>> TypeInfo => Context.IReadOnlyListBenchResult;

    /// <summary>How a page holds results beside notes on them.</summary>
    internal static JsonTypeInfo<BenchFigures> FiguresInfo => Context.BenchFigures;

    /// <summary>Writes results.</summary>
    public static void Write(Stream stream, IReadOnlyList<BenchResult> results) => JsonSerializer.Serialize(stream, results, TypeInfo);

    /// <summary>Reads results.</summary>
    /// <exception cref="InvalidDataException">There are none, or they are no results of a bench.</exception>
    public static IReadOnlyList<BenchResult> Read(Stream stream)
    {
        try
        {
            // A list that is missing is read as none at all.
            BenchResult?[] results = [.. from result in JsonSerializer.Deserialize(stream, TypeInfo) ?? []
                                         select result is { SliceMilliseconds.IsDefault: true } ? result with { SliceMilliseconds = [] } : result];
            return results.Length == 0 ? throw new InvalidDataException("It has no results.")
                : results.All(IsSound) ? [.. results.OfType<BenchResult>()]
                : throw new InvalidDataException("A batch, a number of threads or a time in it is none.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(FormattableString.Invariant($"Line {e.LineNumber + 1} is not as a bench has it."), e);
        }
    }

    private static bool IsSound(BenchResult? result) => result is { BatchSize: > 0, Threads: >= 0 }
        && (result.OtherProcessesPercent is null or (>= 0 and <= 100)) && IsTime(result.ImagesPerSecond) && result.SliceMilliseconds.All(IsTime);

    private static bool IsTime(double number) => double.IsFinite(number) && number > 0;
}

/// <summary>What a page of a bench is drawn from.</summary>
/// <param name="Results">The results.</param>
/// <param name="Notes">What they say together, in sentences.</param>
internal sealed record BenchFigures(IReadOnlyList<BenchResult> Results, IReadOnlyList<string> Notes);

/// <summary>Keeps a list of measured numbers on one line of an indented document.</summary>
internal sealed class MeasurementsConverter : JsonConverter<ImmutableArray<double>>
{
    public override ImmutableArray<double> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        [.. JsonSerializer.Deserialize(ref reader, (JsonTypeInfo<double[]>)options.GetTypeInfo(typeof(double[]))) ?? []];

    public override void Write(Utf8JsonWriter writer, ImmutableArray<double> value, JsonSerializerOptions options) => writer.WriteRawValue(
        $"[{string.Join(", ", value.Select(number => number.ToString(CultureInfo.InvariantCulture)))}]", skipInputValidation: true);
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(SnakeCaseEnumConverter<Change>)],
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(IReadOnlyList<BenchResult>))]
[JsonSerializable(typeof(BenchFigures))]
[JsonSerializable(typeof(double[]))]
internal sealed partial class BenchJsonContext : JsonSerializerContext;
