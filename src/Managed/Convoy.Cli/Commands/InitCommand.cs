using Convoy.Tensors;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy init</c>: a file of seeded random weights.</summary>
internal sealed class InitCommand : ModelCommand
{
    private static readonly (string Word, ElementType Value)[] Types =
    [
        ("fp32", ElementType.Float32),
        ("fp16", ElementType.Float16),
        ("bf16", ElementType.BFloat16),
    ];

    private readonly Argument<string> _file = new("FILE") { Description = "The file to write: safetensors, or *.npz, *.pth, *.h5, *.weights.h5 or *.caffemodel." };
    private readonly Option<int> _seed = OptionFactory.Integer(
        "--seed", "Chooses the numbers: the same on every machine.", int.MinValue, int.MaxValue, WeightOptions.DefaultSeed);

    private readonly Option<ElementType> _type = OptionFactory.Choice(
        "--type", "How a number is stored: in 4, 2 or 2 bytes.", Types);

    private readonly Option<bool> _force = OptionFactory.Flag("--force", "Replace the file if it is there.");

    public InitCommand(Terminal terminal)
        : base(
            "init",
            "Write random weights for a network.",
            "They are to try and measure with: a network's scores are nonsense with them.",
            "convoy init alexnet alexnet.safetensors --seed 1",
            terminal)
    {
        Add(_file);
        Add(_seed);
        Add(_type);
        Add(_force);
    }

    protected override async Task<int> RunAsync(SelectedModel model, ParseResult arguments, CancellationToken cancellationToken)
    {
        Network network = model.Network;
        string file = arguments.GetRequiredValue(_file);
        int seed = arguments.GetValue(_seed);
        ElementType type = arguments.GetValue(_type);
        WrittenFile.CheckWeightEnding(file, "FILE");
        WrittenFile.CheckType(file, type);
        WrittenFile.Check(file, "FILE", arguments.GetValue(_force));
        using WeightSet weights = await WeightOptions.CreateRandomAsync(network, seed, Terminal).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        await Terminal.Progress.RunAsync(WrittenFile.TextOf(file, weights, type), counter =>
        {
            weights.Save(file, type, counter.Add);
            return Task.FromResult(true);
        }).ConfigureAwait(false);
        string typeName = Types.First(each => each.Value == type).Word;
        Terminal.WriteSentence(FormattableString.Invariant(
            $"{file}: random weights of {network.Name}, seed {seed}, {typeName}, {network.ParameterCount:N0} numbers, {WrittenFile.LengthOf(file) / 1e6:N1} MB"));
        return ExitCode.Done;
    }
}
