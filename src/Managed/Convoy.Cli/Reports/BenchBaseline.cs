using System.Text.Json;
using System.Text.Json.Serialization;
using Convoy.Files;

namespace Convoy.Cli.Reports;

/// <summary>
/// What is read of a combination in an earlier result of <c>bench</c>, to be compared with. The file may come from anywhere, and
/// from another version: what it lacks is asked for by name, what else it has is passed over.
/// </summary>
internal sealed record BenchBaseline(
    string Model, string Device, string Precision, int Batch, int Threads, double ImagesPerSecond, double[]? SliceMs = null, string? DeviceName = null)
{
    /// <summary>More than the largest sweep needs.</summary>
    private const int MostFileBytes = 64 << 20;

    /// <summary>The median times of slices; a result of before there were any has one, its median.</summary>
    [JsonIgnore]
    public double[] Slices => SliceMs ?? [Batch / ImagesPerSecond * 1e3];

    /// <summary>What tells a combination from others.</summary>
    [JsonIgnore]
    public BenchKey Key => new(Model, Device, Precision, Batch, Threads);

    private bool IsSound => Batch > 0 && Threads >= 0 && IsTime(ImagesPerSecond) && Slices.Length > 0 && Slices.All(IsTime);

    /// <summary>Reads a file that <c>bench --output json</c> wrote.</summary>
    /// <exception cref="ConvoyException">It cannot be read, or is no such file.</exception>
    public static BenchBaseline[] Read(string path)
    {
        try
        {
            BenchBaseline?[] read = JsonSerializer.Deserialize(RegularFile.ReadAllBytes(path, MostFileBytes), BaselineJson.Default.BenchBaselineArray) ?? [];
            BenchBaseline[] sound = [.. read.OfType<BenchBaseline>().Where(each => each.IsSound)];
            return sound.Length > 0 && sound.Length == read.Length ? sound : throw NoResult(null);
        }
        catch (JsonException e)
        {
            throw NoResult(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConvoyException($"{path} cannot be compared with ({e.Message.TrimEnd('.')}); name a file that 'convoy bench --output json' wrote.", e);
        }

        ConvoyException NoResult(Exception? cause) =>
            new($"{path} is no result to compare with; name a file that 'convoy bench --output json' wrote.", cause!);
    }

    private static bool IsTime(double number) => double.IsFinite(number) && number > 0;
}

/// <summary>What tells a combination from others in one result, and finds it in another.</summary>
internal sealed record BenchKey(string Model, string Device, string Precision, int Batch, int Threads)
{
    /// <summary>What a result is found by.</summary>
    public static BenchKey Of(BenchDocument result) => new(result.Model, result.Device, result.Precision, result.Batch, result.Threads);

    /// <summary>For people.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Model}, {Device}, {Precision}, {Counted.Of(Threads, "thread")}, batch {Batch}");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BenchBaseline[]))]
internal sealed partial class BaselineJson : JsonSerializerContext;
