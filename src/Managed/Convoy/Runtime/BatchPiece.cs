namespace Convoy.Runtime;

/// <summary>Images of a batch that one device computes at a time.</summary>
internal readonly record struct BatchPiece(BatchSlot Slot, int First, int Count)
{
    /// <summary>The images.</summary>
    public ReadOnlySpan<float> Images => Slot.GetImages(First, Count);

    /// <summary>Their scores.</summary>
    public Span<float> Scores => Slot.GetScores(First, Count);

    /// <summary>Cuts it in two.</summary>
    public (BatchPiece Front, BatchPiece Back) Split(int count) =>
        (this with { Count = count }, this with { First = First + count, Count = Count - count });
}
