using Convoy.Graph;
using Convoy.Imaging;
using Convoy.Tensors;

namespace Convoy.Cli.Data;

/// <summary>MNIST's digits.</summary>
internal sealed class MnistSet : LabelledSet
{
    private readonly MnistDataset _digits;
    private readonly Shape _input;

    /// <exception cref="UsageException">The network does not read grey images of this size.</exception>
    public MnistSet(MnistDataset digits, Network network, ImagePreset? preset)
    {
        _digits = digits;
        _input = network.Input.Shape;
        if (_input.Channels != 1 || _input.Height < digits.Rows || _input.Width < digits.Columns)
        {
            throw new UsageException(
                $"{network.Name} reads images of {_input.ToTableString()} (height, width, channels), but MNIST's are {digits.Rows} x {digits.Columns} x 1; use lenet5, or a folder for each class.");
        }

        if (preset is not null && preset != ImagePreset.Mnist)
        {
            throw new UsageException($"--preset {preset.Name} does not fit MNIST's files, which are read as mnist; leave it out.");
        }
    }

    public override int? Count => _digits.Count;

    public override IEnumerable<LabelledImage> Images => Enumerable.Range(0, _digits.Count)
        .Select(index => new LabelledImage(new ImagePath(FormattableString.Invariant($"digit {index}")), index, _digits.GetLabel(index)));

    public override void Read(LabelledImage image, Span<float> input) =>
        _digits.CopyImage(image.Index, input, _input.Height, _input.Width);
}
