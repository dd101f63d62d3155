namespace Convoy.Cli.Options;

/// <summary>Which weights a network runs with: a file's, the trained ones that come along, or random ones.</summary>
internal sealed class WeightOptions
{
    /// <summary>The seed where none is given.</summary>
    public const int DefaultSeed = 1;

    private readonly Option<string?> _weights = new("--weights")
    {
        Description = "A file of weights, whose kind is recognised by its content. "
            + "[default: those that the model's file has or that come along, else random ones]",
        HelpName = "FILE",
    };

    private readonly Option<int?> _seed = OptionFactory.OptionalInteger(
        "--seed", $"Take random weights, chosen by this number. [default: {DefaultSeed} where weights are random]", int.MinValue, int.MaxValue);

    private readonly FitOptions _fit;

    /// <summary>Adds the options to a command.</summary>
    public WeightOptions(Command command)
    {
        command.Add(_weights);
        command.Add(_seed);
        _fit = new FitOptions(command);
    }

    /// <summary>The file that was asked for; null where none was.</summary>
    public string? FileOf(ParseResult arguments) => arguments.GetValue(_weights);

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
                ? terminal.Progress.Run("Reading weights", () => OpenFile(file, arguments, network, terminal))
                : throw new UsageException("--weights and --seed exclude each other: a file's weights are not random.");
        }

        WeightSet? own = seed is null ? model.OwnWeights : null;
        if (_fit.HasMap(arguments) || (_fit.IsStrict(arguments) && own is null))
        {
            throw new UsageException("--map and --strict are about a file of weights; name it with --weights.");
        }

        if (own is not null)
        {
            if (model.OwnFit is { } fit)
            {
                _fit.Report(arguments, fit, network, terminal);
            }

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
        terminal.Progress.RunAsync(
            new ProgressText("Making random weights", network.ParameterCount), counter => Task.FromResult(WeightSet.Random(network, seed, counter.Add)));

    private WeightSet OpenFile(string file, ParseResult arguments, Network network, Terminal terminal)
    {
        WeightSet weights = WeightSet.Open(file);
        try
        {
            // Disposing of these disposes of the file.
            return _fit.Fit(arguments, weights, network, terminal).Weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }
}
