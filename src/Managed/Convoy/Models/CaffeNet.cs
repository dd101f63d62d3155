using Convoy.Layers;

namespace Convoy.Models;

/// <summary>
/// The two forms of the 2012 AlexNet that come with Caffe (BVLC's bvlc_alexnet and bvlc_reference_caffenet): the second, fourth
/// and fifth convolution in two groups, as the paper's two GPUs had them, and local response normalisation. Blobs of their
/// .caffemodel files bear the layers' names.
/// </summary>
public static class CaffeNet
{
    /// <summary>Builds CaffeNet, which pools before it normalises. Input [3, 227, 227]; output: a probability for each class.</summary>
    public static Network Create(int classes = 1000) => Create("caffenet", normalizesFirst: false, classes);

    /// <summary>Builds BVLC's AlexNet, which normalises before it pools, as the paper does. Input [3, 227, 227]; output: a probability for each class.</summary>
    public static Network CreateAlexNet(int classes = 1000) => Create("alexnet-bvlc", normalizesFirst: true, classes);

    private static Network Create(string name, bool normalizesFirst, int classes)
    {
        NetworkBuilder builder = new NetworkBuilder(name, Shape.Image(3, 227, 227))
            .Convolution("conv1", 96, kernel: 11, stride: 4, activation: Activation.Relu);
        Shrink(1).Convolution("conv2", 256, kernel: 5, padding: 2, groups: 2, activation: Activation.Relu);
        return Shrink(2)
            .Convolution("conv3", 384, kernel: 3, padding: 1, activation: Activation.Relu)
            .Convolution("conv4", 384, kernel: 3, padding: 1, groups: 2, activation: Activation.Relu)
            .Convolution("conv5", 256, kernel: 3, padding: 1, groups: 2, activation: Activation.Relu)
            .MaxPool("pool5", 3, stride: 2, ceilMode: true)
            .FullyConnected("fc6", 4096, activation: Activation.Relu)
            .Dropout("drop6", 0.5f)
            .FullyConnected("fc7", 4096, activation: Activation.Relu)
            .Dropout("drop7", 0.5f)
            .FullyConnected("fc8", classes)
            .Softmax("prob")
            .Build();

        NetworkBuilder Shrink(int number) => normalizesFirst ? Pool(Normalize(builder, number), number) : Normalize(Pool(builder, number), number);

        static NetworkBuilder Normalize(NetworkBuilder network, int number) => network.LocalResponseNormalization($"norm{number}", size: 5);

        static NetworkBuilder Pool(NetworkBuilder network, int number) => network.MaxPool($"pool{number}", 3, stride: 2, ceilMode: true);
    }
}
