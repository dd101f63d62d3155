namespace Convoy.Weights.Formats.Keras;

/// <summary>A layer that is to be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its class, as files name it: "batch_normalization".</param>
/// <param name="Arrays">Its arrays, in Keras' order.</param>
internal sealed record KerasSavedLayer(string Name, string Type, ImmutableArray<KerasSavedArray> Arrays);

/// <summary>An array that is to be written.</summary>
/// <param name="Name">Its name in Keras: "kernel".</param>
/// <param name="Tensor">The tensor that it is, as the network has it.</param>
/// <param name="Extents">Its extents, outermost first.</param>
/// <param name="Arrange">Makes a tensor of those numbers in the array's order.</param>
internal sealed record KerasSavedArray(string Name, WeightTensor Tensor, ImmutableArray<int> Extents, Func<WeightTensor> Arrange);
