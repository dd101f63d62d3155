namespace Convoy.Weights.Fitting;

/// <summary>
/// Tensors that files hold beside a network's weights, and that no answer depends on: what training kept for itself, and whatever
/// is not in floating point. Any other that a network does not have is a sign of the wrong file.
/// </summary>
internal static class HarmlessTensors
{
    /// <summary>What checkpoints keep optimizers under: PyTorch's by habit, Lightning's, and Keras' groups.</summary>
    private static readonly ImmutableArray<string> Owners =
        ["optimizer", "optim", "optimizers", "optimizer_state", "optimizer_states", "optimizer_state_dict", "optimizer_weights", "lr_scheduler", "scheduler"];

    /// <summary>What torch.optim keeps for each weight, and how many batches PyTorch's batch normalisation has seen.</summary>
    private static readonly ImmutableArray<string> Endings =
        ["num_batches_tracked", "exp_avg", "exp_avg_sq", "max_exp_avg_sq", "momentum_buffer", "square_avg", "grad_avg", "acc_delta"];

    /// <summary>Whether a network that does not have the tensor can do without it.</summary>
    public static bool Includes(WeightTensor tensor)
    {
        if (!tensor.ElementType.IsFloatingPoint())
        {
            return true;
        }

        ReadOnlySpan<char> name = tensor.Name;
        int first = name.IndexOfAny('.', '/');
        return (first > 0 && IsOneOf(Owners, name[..first])) || IsOneOf(Endings, name[(name.LastIndexOf('.') + 1)..]);
    }

    private static bool IsOneOf(ImmutableArray<string> words, ReadOnlySpan<char> word)
    {
        foreach (string each in words)
        {
            if (word.SequenceEqual(each))
            {
                return true;
            }
        }

        return false;
    }
}
