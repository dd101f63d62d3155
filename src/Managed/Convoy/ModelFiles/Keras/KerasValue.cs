namespace Convoy.ModelFiles.Keras;

/// <summary>What a layer of a model gives: a node of the network, and what Keras thinks of its numbers.</summary>
/// <param name="Node">The node's name.</param>
/// <param name="Shape">Its shape: an image (channels, height, width), or a vector.</param>
/// <param name="Rank">How many extents it has in Keras: an image without channels has two.</param>
/// <param name="Map">Of a feature map that was flattened in another order than Keras': its shape. The weights of what reads it are turned.</param>
internal sealed record KerasValue(string Node, Shape Shape, int Rank, Shape? Map = null);
