using System.Numerics.Tensors;
using Convoy.Cli.Data;
using Convoy.ModelFiles;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy run</c>: a model on raw tensors.</summary>
internal sealed class RunCommand : ModelCommand
{
    private const int DefaultBatch = 32;
    private const int BatchesAtOnce = 16;

    private readonly Option<OutputFormat> _output = OutputOption.Create();
    private readonly TensorOptions _tensors;
    private readonly WeightOptions _weights;
    private readonly ComputeOptions _compute;

    public RunCommand(Terminal terminal)
        : base(
            "run",
            "Run a model on raw tensors.",
            "Tensors have the shapes that the model has for them, with any number of images in front; one image may come without that "
                + "extent. The table shows each output's shape and its least, mean and largest number; --save-output keeps the numbers.",
            "convoy run model.onnx --input x.npy --save-output y.npz",
            terminal)
    {
        _tensors = new TensorOptions(this);
        _weights = new WeightOptions(this);
        _compute = new ComputeOptions(this, DefaultBatch);
        Add(_output);
    }

    protected override async Task<int> RunAsync(SelectedModel model, ParseResult arguments, CancellationToken cancellationToken)
    {
        Device device = _compute.FindDevice(arguments, Terminal);
        ModelFile file = model.File;
        string? target = _tensors.OutputOf(arguments, file.Outputs.Length);
        float[] images = Terminal.Progress.Run("Reading tensors", () => file.Arrange(_tensors.Read(arguments, file)));
        using WeightSet weights = await _weights.LoadAsync(arguments, model, Terminal, needsTrainedOnes: true).ConfigureAwait(false);
        using InferenceSession session = await _compute.CompileAsync(arguments, model.Network, device, weights, Terminal).ConfigureAwait(false);
        int count = (int)(images.Length / model.Network.Input.Shape.Count);
        float[][] numbers = [.. model.Network.Outputs.Select(output => new float[count * output.Shape.Count])];
        await Terminal.Progress.RunAsync(new ProgressText($"Running {model.Title}", count, "images"), counter =>
        {
            Run(session, images, numbers, counter, cancellationToken);
            return Task.FromResult(true);
        }).ConfigureAwait(false);

        NamedTensor[] outputs = [.. file.Outputs.Select((port, i) => new NamedTensor(port.Name, port.HasBatch ? [count, .. port.Extents] : port.Extents, file.ArrangeOutput(i, numbers[i])))];
        if (target is not null)
        {
            Terminal.Progress.Run($"Writing {Path.GetFileName(target)}", () =>
            {
                TensorFiles.Write(target, outputs);
                return true;
            });
        }

        TensorDocument[] documents = [.. outputs.Select(CreateDocument)];
        ResultWriter.Write(Terminal, arguments.GetValue(_output), documents, JsonTypes.Indented.TensorDocumentArray, RunReport.Create(documents));
        return ExitCode.Done;
    }

    /// <summary>Runs so many batches at a time that their number says how far it is, and the device hardly waits between them.</summary>
    private static void Run(InferenceSession session, float[] images, float[][] outputs, ProgressCounter counter, CancellationToken cancellationToken)
    {
        int extent = (int)session.Network.Input.Shape.Count;
        int count = images.Length / extent;
        int most = session.BatchSize * BatchesAtOnce;
        for (int first = 0; first < count; first += most)
        {
            int some = Math.Min(most, count - first);
            int before = first;
            session.Run(
                images.AsSpan(first * extent, some * extent),
                (ReadOnlySpan<Memory<float>>)[.. outputs.Select(each => each.AsMemory(before * (each.Length / count), some * (each.Length / count)))],
                cancellationToken);
            counter.Add(some);
        }
    }

    private static TensorDocument CreateDocument(NamedTensor tensor) => new(
        tensor.Name,
        [.. tensor.Extents],
        TensorPrimitives.Min<float>(tensor.Values),
        TensorPrimitives.Sum<float>(tensor.Values) / tensor.Values.Length,
        TensorPrimitives.Max<float>(tensor.Values));
}
