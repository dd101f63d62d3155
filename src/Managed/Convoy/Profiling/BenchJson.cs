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
    /// <param name="stream">Where to; it is left open.</param>
    /// <param name="results">The results.</param>
    /// <exception cref="IOException">The stream cannot be written to.</exception>
    public static void Write(Stream stream, IReadOnlyList<BenchResult> results) => JsonSerializer.Serialize(stream, results, TypeInfo);

    /// <summary>Reads results.</summary>
    /// <param name="stream">What they are read from, to its end.</param>
    /// <exception cref="InvalidDataException">There are none, or they are no results of a bench.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static IReadOnlyList<BenchResult> Read(Stream stream)
    {
        try
        {
            // A list that is missing is read as none at all.
            BenchResult?[] results = [.. from result in JsonSerializer.Deserialize(stream, TypeInfo) ?? []
                                         select result is null ? null : result with
                                         {
                                             SliceMilliseconds = result.SliceMilliseconds.IsDefault ? [] : result.SliceMilliseconds,
                                             MemoryGigaBytesPerSecond = result.MemoryGigaBytesPerSecond.IsDefault ? [] : result.MemoryGigaBytesPerSecond,
                                         }];
            return results.Length == 0 ? throw new InvalidDataException("It has no results.")
                : results.All(IsSound) ? [.. results.OfType<BenchResult>()]
                : throw new InvalidDataException("A batch, a number of threads, a time or a rate in it cannot be right.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(FormattableString.Invariant($"Line {e.LineNumber + 1} is not as a bench has it."), e);
        }
    }

    private static bool IsSound(BenchResult? result) => result is { BatchSize: > 0, Threads: >= 0 }
        && (result.OtherProcessesPercent is null or (>= 0 and <= 100)) && IsPositive(result.ImagesPerSecond) && result.SliceMilliseconds.All(IsPositive)
        && result.MemoryGigaBytesPerSecond.All(IsPositive) && (result.MemoryGigaBytes is null || (double.IsFinite(result.MemoryGigaBytes.Value) && result.MemoryGigaBytes >= 0));

    private static bool IsPositive(double number) => double.IsFinite(number) && number > 0;
}

/// <summary>What a page of a bench is drawn from.</summary>
/// <param name="Results">The results.</param>
/// <param name="Best">The best batches of each network, device, precision and number of threads, by the rule of the command's notes.</param>
/// <param name="Findings">The same as sentences, where there were several batches.</param>
/// <param name="Notes">What to be wary of, in sentences.</param>
internal sealed record BenchFigures(
    IReadOnlyList<BenchResult> Results, IReadOnlyList<BestBatches> Best, IReadOnlyList<string> Findings, IReadOnlyList<string> Notes);

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
