namespace Convoy.Cli.Options;

/// <summary>How the tensors of a weights file are found to be a network's, and what is said of it.</summary>
internal sealed class FitOptions
{
    private const int MostNames = 5;

    private readonly Option<string?> _map = new("--map")
    {
        Description = "A text file that says which of the weights file's names are which of the network's, in lines like 'features.0 = conv1', "
            + "or as a JSON object of such names.",
        HelpName = "FILE",
    };

    private readonly Option<bool> _strict = OptionFactory.Flag("--strict", "Refuse tensors that the network does not need, harmless ones too.");

    /// <summary>Adds the options to a command.</summary>
    public FitOptions(Command command)
    {
        command.Add(_map);
        command.Add(_strict);
    }

    /// <summary>Whether a map is named.</summary>
    public bool HasMap(ParseResult arguments) => arguments.GetValue(_map) is not null;

    /// <summary>Whether tensors that are not needed are refused.</summary>
    public bool IsStrict(ParseResult arguments) => arguments.GetValue(_strict);

    /// <summary>Finds a network's tensors among a file's, and says how where they have other names.</summary>
    /// <exception cref="WeightException">They are not there, or the map cannot be used.</exception>
    public WeightFit Fit(ParseResult arguments, WeightSet weights, Network network, Terminal terminal)
    {
        WeightMap? map = arguments.GetValue(_map) is { } path ? WeightMap.Open(path) : null;
        WeightFit fit = FitTo(weights, network, new WeightFitOptions { Map = map, IsStrict = IsStrict(arguments) });
        Report(arguments, fit, network, terminal);
        return fit;
    }

    /// <summary>Says how a network's tensors were found in a file that was fitted before.</summary>
    /// <exception cref="ConvoyException">There are others, and they are to be refused.</exception>
    public void Report(ParseResult arguments, WeightFit fit, Network network, Terminal terminal)
    {
        string file = fit.Weights.Source;
        if (IsStrict(arguments) && !HasMap(arguments) && fit.PassedOver.Count > 0)
        {
            throw new ConvoyException(
                $"{file} has tensors that {network.Name} does not need: {string.Join(", ", fit.PassedOver.Take(MostNames))}; leave out --strict to pass them over.");
        }

        if (fit.Naming is not (WeightNaming.Same or WeightNaming.Map))
        {
            terminal.Note($"Weights of {file}: {fit.Description}.");
        }

        if (fit.Weights.Metadata.TryGetValue("model", out string? named) && named != network.Name && AreBuiltIn(named, network.Name))
        {
            terminal.Note($"{file} says that its weights are of {named}; {network.Name} takes them, as their shapes fit.");
        }

        if (arguments.GetValue<bool>("--verbose"))
        {
            ReportDetails(fit, network, terminal);
        }
    }

    private static bool AreBuiltIn(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (!ModelCatalog.TryFind(name, out _))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The whole mapping, in lines that a map of names may have, and what was passed over.</summary>
    private static void ReportDetails(WeightFit fit, Network network, Terminal terminal)
    {
        string file = fit.Weights.Source;
        if (fit.Naming != WeightNaming.Same)
        {
            terminal.Note($"Names of {file} and of {network.Name}:");
            foreach (WeightTensor tensor in fit.Weights.Tensors.Where(tensor => fit.NamesInFile.ContainsKey(tensor.Name)))
            {
                terminal.Detail(Terminal.OneLine($"  {fit.NamesInFile[tensor.Name]} = {tensor.Name}"));
            }
        }

        if (fit.PassedOver.Count > 0)
        {
            terminal.Note($"Tensors of {file} that {network.Name} does not need: {string.Join(", ", fit.PassedOver)}.");
        }

        if (fit.Weights.EmptyTensors.Count > 0)
        {
            terminal.Note($"Tensors of {file} without an element: {string.Join(", ", fit.Weights.EmptyTensors)}.");
        }
    }

    private static WeightFit FitTo(WeightSet weights, Network network, WeightFitOptions options)
    {
        try
        {
            return weights.FitTo(network, options);
        }
        catch (WeightException e) when (options.Map is null && FindFitting(weights, network) is [_, ..] fitting)
        {
            throw new WeightException($"{e.Message.TrimEnd('.')}; the tensors fit {string.Join(" and ", fitting)}, which may be the model that is meant.", e);
        }
    }

    /// <summary>Other models that come along and that a file's tensors fit.</summary>
    private static string[] FindFitting(WeightSet weights, Network network)
    {
        return [.. ModelCatalog.All.Where(model => model.Name != network.Name && Fits(model.CreateNetwork())).Select(model => model.Name)];

        bool Fits(Network other)
        {
            try
            {
                weights.FitTo(other);
                return true;
            }
            catch (WeightException)
            {
                return false;
            }
        }
    }
}
