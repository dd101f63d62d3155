namespace Convoy.Layers;

/// <summary>
/// Some channels of an image, or features of a vector: Start, Start + Step, and so on. Input [C, H, W]; output [Count, H, W].
/// </summary>
/// <param name="Start">The first.</param>
/// <param name="Count">How many.</param>
/// <param name="Step">From one to the next; below 0 they come in reverse.</param>
public sealed record Slice(int Start, int Count, int Step = 1) : Layer
{
    /// <inheritdoc/>
    public override string Op => "slice";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = inputs[0];
        if (Count < 1 || Step == 0)
        {
            throw new LayerException($"{Count} channels in steps of {Step} are impossible: there must be at least one, and the step not 0");
        }

        long last = Start + ((Count - 1L) * Step);
        if (Start < 0 || Start >= input.Channels || last < 0 || last >= input.Channels)
        {
            throw new LayerException($"channels {Start} to {last} are not all among the {input.Channels} of the input {input}");
        }

        return input.IsImage ? Shape.Image(Count, input.Height, input.Width) : Shape.Vector(Count);
    }
}
