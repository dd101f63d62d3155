namespace Convoy.Cli.Options;

/// <summary>The model that a command is about.</summary>
internal static class ModelOption
{
    /// <summary>The argument that names a model.</summary>
    public static Argument<ModelInfo> Create()
    {
        var argument = new Argument<ModelInfo>("MODEL")
        {
            Description = $"The network: {string.Join(" or ", ModelCatalog.Names)}.",
            CustomParser = result =>
            {
                string name = result.Tokens[0].Value;
                if (!ModelCatalog.TryFind(name, out ModelInfo? model))
                {
                    result.AddError($"There is no model '{name}'; there are {string.Join(" and ", ModelCatalog.Names)}.");
                }

                return model!;
            },
        };
        argument.CompletionSources.Add([.. ModelCatalog.Names]);
        return argument;
    }

    /// <summary>What a default is for which models, for an option's description: "mnist for lenet5, imagenet for alexnet".</summary>
    public static string DescribeDefaults(Func<ModelInfo, string> nameDefault) => string.Join(
        ", ",
        from model in ModelCatalog.All
        group model.Name by nameDefault(model) into models
        select $"{models.Key} for {string.Join(" and ", models)}");
}
