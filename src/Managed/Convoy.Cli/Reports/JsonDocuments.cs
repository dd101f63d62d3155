using System.Text.Json;
using System.Text.Json.Serialization;
using Convoy.Backends;
using Convoy.Diagnostics;
using Convoy.Profiling;

namespace Convoy.Cli.Reports;

/// <summary>The result of <c>describe</c>: the table, and the graph, as which every command reads it back; what it was compiled for is there where that was asked for.</summary>
internal sealed record NetworkDocument(
    string Model,
    int[] InputShape,
    PortDocument[] Inputs,
    PortDocument[] Outputs,
    long Parameters,
    long Macs,
    LayerDocument[] Layers,
    JsonElement Graph,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Device = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Precision = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Batch = null);

/// <summary>An input or output of a model in the result of <c>describe</c>: its shape for one image, in the order of the model's file.</summary>
internal sealed record PortDocument(string Name, int[] Shape, bool HasBatch, bool IsChannelsLast);

/// <summary>The result of <c>describe</c> of a weights file.</summary>
internal sealed record WeightsDocument(string Weights, long Numbers, IReadOnlyDictionary<string, string> Metadata, StoredTensorDocument[] Tensors);

/// <summary>A tensor in the result of <c>describe</c> of a weights file.</summary>
internal sealed record StoredTensorDocument(string Name, string Type, int[] Shape, long Numbers, long Bytes);

/// <summary>
/// A layer in the result of <c>describe</c>; null where a layer has no such thing. Its algorithm, why that was chosen, and the
/// bytes of its weights as the device keeps them are there where the network was compiled.
/// </summary>
internal sealed record LayerDocument(
    string Name,
    string Op,
    float? Dropout,
    int? Filters,
    int[]? Kernel,
    int[]? Stride,
    int[]? Padding,
    int[] OutputShape,
    string? Activation,
    long Parameters,
    long Macs,
    long WeightBytes,
    long FeatureMapBytes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Algorithm = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Choice = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? PackedBytes = null);

/// <summary>An image in the result of <c>classify</c>: its predictions, or why there are none.</summary>
internal sealed record ImageDocument(
    string Path,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PredictionDocument[]? Predictions,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error);

/// <summary>A class an image may show.</summary>
internal sealed record PredictionDocument(int Index, string? Label, float Probability);

/// <summary>
/// The result of <c>evaluate</c>; accuracies are fractions from 0 to 1. <c>Interrupted</c> is there where not all images were
/// evaluated.
/// </summary>
internal sealed record EvaluationDocument(
    string Model,
    string Device,
    string Precision,
    long Images,
    double? Top1,
    double? Top5,
    double ImagesPerSecond,
    double Seconds,
    long Errors,
    int[][]? Confusion,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int[]? Predictions,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Interrupted = false);

/// <summary>An output in the result of <c>run</c>.</summary>
internal sealed record TensorDocument(string Output, int[] Shape, double Min, double Mean, double Max);

/// <summary>
/// A device in the result of <c>devices</c>; its clock, in MHz, is null where it is not known. Its units are cores, or whatever it
/// has of them; instruction sets are those of the C library's kernels, the best last. What has no peaks has the reason, but for the
/// reference device, which is not measured, and where nothing was to be measured.
/// </summary>
internal sealed record DeviceDocument(
    string Name,
    string Description,
    DeviceType Type,
    int Threads,
    bool Usable,
    string? Reason,
    string Vendor,
    string? Version,
    int Units,
    string[] InstructionSets,
    int? ClockMhz,
    long MemoryBytes,
    DeviceLimits? Limits,
    DevicePeaks? Peaks,
    string? PeaksProblem);

/// <summary>The result of <c>doctor</c>; peaks are those of the native device's threads.</summary>
internal sealed record DoctorDocument(
    bool HasFastDevice,
    NativeDiagnosis Native,
    [property: JsonPropertyName("opencl")] OpenClDiagnosis OpenCl,
    CacheDiagnosis Cache,
    double? PeakGflopsPerSecond,
    double? PeakGbytesPerSecond,
    string Version,
    string Commit);

/// <summary>How the documents are written: names in snake case, numbers that JSON has not as strings.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters =
    [
        typeof(ListConverter),
        typeof(MatrixConverter),
        typeof(SnakeCaseConverter<DeviceType>),
        typeof(SnakeCaseConverter<InstructionSet>),
        typeof(SnakeCaseConverter<NativeSituation>),
        typeof(SnakeCaseConverter<OpenClSituation>),
        typeof(SnakeCaseConverter<KernelOutcome>),
    ],
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(NetworkDocument))]
[JsonSerializable(typeof(WeightsDocument))]
[JsonSerializable(typeof(ImageDocument))]
[JsonSerializable(typeof(EvaluationDocument))]
[JsonSerializable(typeof(DeviceDocument[]))]
[JsonSerializable(typeof(TensorDocument[]))]
[JsonSerializable(typeof(DoctorDocument))]
internal sealed partial class ConvoyJson : JsonSerializerContext;
