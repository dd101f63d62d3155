using Microsoft.ML.OnnxRuntime;

namespace Convoy.Bench.Peers;

/// <summary>
/// ONNX Runtime on the processor, as its documentation advises for speed: all graph optimisations, operators one after the
/// other, and tensors bound once to the caller's memory, so that nothing is copied or allocated for the caller's sake. Its
/// threads spin, within a run and behind it, as they do by default.
/// </summary>
internal sealed class OnnxRuntimeEngine : IEngine
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly OrtValue _input;
    private readonly OrtValue _output;
    private readonly float[] _scores;

    /// <summary>Opens a network held in memory.</summary>
    public OnnxRuntimeEngine(Network network, byte[] model, float[] images, int batch, int threads)
        : this(network, options => new InferenceSession(model, options), images, batch, threads)
    {
    }

    /// <summary>Opens a network's file.</summary>
    public OnnxRuntimeEngine(Network network, string path, float[] images, int batch, int threads)
        : this(network, options => new InferenceSession(path, options), images, batch, threads)
    {
    }

    private OnnxRuntimeEngine(Network network, Func<SessionOptions, InferenceSession> open, float[] images, int batch, int threads)
    {
        _scores = new float[batch * network.Output.Shape.Count];
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        _session = open(options);
        _input = Bind(images, batch, network.Input);
        _output = Bind(_scores, batch, network.Output);
    }

    public string Name { get; } = $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}";

    public ReadOnlySpan<float> Scores => _scores;

    public void Run() => _session.Run(_runOptions, _session.InputNames, [_input], _session.OutputNames, [_output]);

    public void Dispose()
    {
        _output.Dispose();
        _input.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
    }

    private static OrtValue Bind(float[] values, int batch, Node node) => OrtValue.CreateTensorValueFromMemory(
        values, [batch, .. node.Shape.Extents.Select(extent => (long)extent)]);
}
