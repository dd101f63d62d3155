namespace Convoy.Backends.Native;

/// <summary>From fused steps to the C library's plans. Each family of operators has a file with its descriptors in Operators/.</summary>
internal static class NativePlanning
{
    /// <summary>Plans a step that is no convolution: one plan, or for a concatenation one for each input.</summary>
    /// <param name="step">The step.</param>
    /// <param name="batch">The largest number of images.</param>
    /// <param name="options">What the session settled.</param>
    /// <exception cref="BackendException">No family has such a layer, or the library refuses it.</exception>
    public static ImmutableArray<NativePlan> Plan(FusedStep step, int batch, in NativeOptions options) =>
        DenseOperators.Plan(step, batch, options)
        ?? PoolOperators.Plan(step, batch, options)
        ?? ElementwiseOperators.Plan(step, batch, options)
        ?? ChannelOperators.Plan(step, batch, options)
        ?? CopyOperators.Plan(step, batch, options)
        ?? throw new BackendException($"Layer '{step.Name}': the native backend does not know {step.Layer.Op} layers.");

    /// <summary>Asks the library for a plan.</summary>
    /// <exception cref="BackendException">It cannot make one; the sentence names the step.</exception>
    public static NativePlan Make<TDescriptor>(string step, in TDescriptor descriptor)
        where TDescriptor : struct, INativeDescriptor<TDescriptor>
    {
        var plan = new NativePlan();
        TDescriptor.Plan(descriptor, ref plan).ThrowIfFailed("plan", step);
        return plan;
    }
}

/// <summary>
/// A description of an operator, field for field as convoy.h has it, from which the library makes a plan. A test reads convoy.h
/// and compares names, types and offsets.
/// </summary>
internal interface INativeDescriptor<TSelf>
    where TSelf : struct, INativeDescriptor<TSelf>
{
    /// <summary>Asks the library for the plan.</summary>
    static abstract NativeStatus Plan(in TSelf descriptor, ref NativePlan plan);
}
