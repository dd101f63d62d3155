namespace Convoy.Cli.Options;

/// <summary>Which weights a network runs with: a file's, the trained ones that come along, or random ones.</summary>
internal sealed class WeightOptions
{
    /// <summary>The seed where none is given.</summary>
    public const int DefaultSeed = 1;

    private readonly Option<string?> _weights = new("--weights")
    {
        Description = "A file of weights, whose kind is told by its content. "
            + $"[default: {ModelOption.DescribeDefaults(model => model.PretrainedWeights is null ? "random ones" : "trained ones")}]",
        HelpName = "FILE",
    };

    private readonly Option<int?> _seed = OptionFactory.OptionalInteger(
        "--seed", $"Take random weights, chosen by this number. [default: {DefaultSeed} where weights are random]", int.MinValue, int.MaxValue);

    private readonly Option<string?> _map = new("--map")
    {
        Description = "A text file that says which of the weights file's names are which of the network's, in lines like 'features.0 = conv1'.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _strict = OptionFactory.Flag("--strict", "Refuse tensors that the network does not need, harmless ones too.");

    /// <summary>Adds the options to a command.</summary>
    public WeightOptions(Command command)
    {
        command.Add(_weights);
        command.Add(_seed);
        command.Add(_map);
        command.Add(_strict);
    }

    /// <summary>
    /// Loads the weights: those asked for, else those that the model has or that come along, else random ones; says so where they
    /// are random though the scores are to mean something.
    /// </summary>
    /// <exception cref="UsageException">Both a file and a seed are given, or what is said of a file without one.</exception>
    /// <exception cref="WeightException">The file cannot be used.</exception>
    public async Task<WeightSet> LoadAsync(ParseResult arguments, SelectedModel model, Terminal terminal, bool needsTrainedOnes)
    {
        Network network = model.Network;
        string? file = arguments.GetValue(_weights);
        int? seed = arguments.GetValue(_seed);
        if (file is not null)
        {
            return seed is null
                ? OpenFile(file, arguments, network, terminal)
                : throw new UsageException("--weights and --seed exclude each other: a file's weights are not random.");
        }

        if (arguments.GetValue(_map) is not null || arguments.GetValue(_strict))
        {
            throw new UsageException("--map and --strict are about a file of weights; name it with --weights.");
        }

        if (seed is null && model.OwnWeights is { } own)
        {
            own.Validate(network);
            return own;
        }

        if (seed is null && model.PretrainedWeights is { } name)
        {
            return PretrainedWeights.Open(name);
        }

        if (needsTrainedOnes)
        {
            terminal.Note($"{model.Title}'s weights are random: give trained ones with --weights.");
        }

        return await CreateRandomAsync(network, seed ?? DefaultSeed, terminal).ConfigureAwait(false);
    }

    /// <summary>Whether the weights are random: asked for by a seed, or for want of others.</summary>
    public bool AreRandom(ParseResult arguments, SelectedModel model) =>
        arguments.GetValue(_weights) is null
            && (arguments.GetValue(_seed) is not null || (model.OwnWeights is null && model.PretrainedWeights is null));

    /// <summary>Makes random weights.</summary>
    public static Task<WeightSet> CreateRandomAsync(Network network, int seed, Terminal terminal) =>
        terminal.Progress.RunAsync("Making random weights", () => WeightSet.Random(network, seed));

    private WeightSet OpenFile(string file, ParseResult arguments, Network network, Terminal terminal)
    {
        WeightMap? map = arguments.GetValue(_map) is { } path ? WeightMap.Open(path) : null;
        WeightSet weights = WeightSet.Open(file);
        try
        {
            WeightFit fit = weights.FitTo(network, new WeightFitOptions { Map = map, IsStrict = arguments.GetValue(_strict) });
            if (fit.Naming is not (WeightNaming.Same or WeightNaming.Map))
            {
                terminal.Note($"Weights of {file}: {fit.Description}.");
            }

            if (arguments.GetValue<bool>("--verbose") && fit.PassedOver.Count > 0)
            {
                terminal.Note($"Tensors of {file} that {network.Name} does not need: {string.Join(", ", fit.PassedOver)}.");
            }

            // Disposing of these disposes of the file.
            return fit.Weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }
}
