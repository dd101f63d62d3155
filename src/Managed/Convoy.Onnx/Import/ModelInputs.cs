using Convoy.ModelFiles;
using Convoy.Onnx.Format;
using static Convoy.Onnx.Format.TensorProto.Types;

namespace Convoy.Onnx.Import;

/// <summary>An input of a model: its extents in ONNX's order, unknown ones null.</summary>
internal sealed record ModelInput(string Name, ImmutableArray<int?> Extents);

/// <summary>A model's inputs, initialisers left out, and whether their first axis may count images.</summary>
/// <param name="All">Those that can be given.</param>
/// <param name="Refused">The names of the others, and what is wrong with them: "its input 'x' is no tensor".</param>
internal sealed record ModelInputs(ImmutableArray<ModelInput> All, ImmutableArray<(string Name, string Reason)> Refused)
{
    // To look at all, where a file has many, would take longer than it helps.
    private const int MostRefused = 64;

    /// <summary>Whether all inputs have a first axis that may count the same images.</summary>
    public bool MayHaveBatch =>
        All.All(input => !input.Extents.IsEmpty) && All.Select(input => input.Extents[0]).Where(extent => extent is not null).Distinct().Count() <= 1;

    /// <summary>Whether all extents are known, so that the model can be taken for one of a single sample.</summary>
    public bool AreKnown => All.All(input => input.Extents.All(extent => extent is not null));

    /// <summary>How many images the model says that there are; null where it leaves that open.</summary>
    public int? BatchExtent => All.Select(input => input.Extents[0]).FirstOrDefault(extent => extent is not null);

    /// <summary>Finds them.</summary>
    /// <exception cref="UnsupportedException">A shape is given for one that there is not, or very many cannot be given; the message is a part of a sentence.</exception>
    public static ModelInputs Find(GraphProto graph, ModelFileOptions options)
    {
        HashSet<string> initializers = [.. graph.Initializer.Select(tensor => tensor.Name)];
        ValueInfoProto[] inputs = [.. graph.Input.Where(input => !initializers.Contains(input.Name)).DistinctBy(input => input.Name)];
        foreach (string name in options.InputShapes.Keys)
        {
            if (name.Length > 0 ? !inputs.Any(input => input.Name == name) : inputs.Length != 1)
            {
                throw new UnsupportedException(name.Length > 0
                    ? $"it has no input {WeightException.Quote(name)}, for which there is a shape; its inputs are {string.Join(", ", inputs.Take(5).Select(input => WeightException.Quote(input.Name)))}"
                    : $"it has {inputs.Length} inputs, so that a shape must name one of them");
            }
        }

        var read = ImmutableArray.CreateBuilder<ModelInput>();
        var refused = ImmutableArray.CreateBuilder<(string Name, string Reason)>();
        foreach (ValueInfoProto input in inputs)
        {
            try
            {
                read.Add(Read(input, options));
            }
            catch (UnsupportedException e)
            {
                refused.Add(refused.Count < MostRefused
                    ? (input.Name, e.Message)
                    : throw new UnsupportedException($"more than {MostRefused} of its inputs cannot be given: {refused[0].Reason}"));
            }
        }

        return new ModelInputs(read.ToImmutable(), refused.ToImmutable());
    }

    private static ModelInput Read(ValueInfoProto input, ModelFileOptions options)
    {
        string quoted = WeightException.Quote(input.Name);
        if (input.Type?.TensorType is not { } type)
        {
            throw new UnsupportedException($"its input {quoted} is no tensor");
        }

        if ((DataType)type.ElemType is not (DataType.Float or DataType.Float16 or DataType.Bfloat16 or DataType.Double))
        {
            throw new UnsupportedException($"its input {quoted} is a tensor of {ElementTypeNames.Of(type.ElemType)}, not of real numbers");
        }

        Axes.CheckRank(type.Shape?.Dim.Count ?? 0);
        ImmutableArray<int?> stated = type.Shape is { } shape ? [.. shape.Dim.Select(dimension => ExtentOf(dimension, quoted))] : [];
        if (options.InputShapes.TryGetValue(input.Name, out ImmutableArray<int> given) || options.InputShapes.TryGetValue("", out given))
        {
            return new ModelInput(input.Name, Complete(quoted, type.Shape is null ? [.. given.Select(_ => (int?)null)] : stated, given));
        }

        return type.Shape is not null && stated.Skip(1).All(extent => extent is not null)
            ? new ModelInput(input.Name, stated)
            : throw new UnsupportedException(
                $"its input {quoted} has the extents [{string.Join(", ", type.Shape?.Dim.Select(Describe) ?? ["?"])}], which leave some open; give them as --input-shape {Shown(input.Name)}={Example(stated)}");
    }

    /// <summary>A shape that the user could give: an image, or what is stated filled up.</summary>
    private static string Example(ImmutableArray<int?> stated) => stated.IsEmpty
        ? "1x3x224x224"
        : string.Join("x", stated.Select((extent, axis) => extent ?? (axis == 0 ? 1 : 224)));

    private static ImmutableArray<int?> Complete(string input, ImmutableArray<int?> stated, ImmutableArray<int> given)
    {
        if (given.Length != stated.Length || given.Any(extent => extent < 1))
        {
            throw new UnsupportedException($"its input {input} has {stated.Length} extents, each at least 1, and the shape that was given is {string.Join("x", given)}");
        }

        for (int i = 0; i < given.Length; i++)
        {
            if (stated[i] is { } extent && extent != given[i])
            {
                throw new UnsupportedException($"its input {input} has the extents [{string.Join(", ", stated.Select(each => each?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"))}], which {string.Join("x", given)} does not fit");
            }
        }

        return [.. given.Select(extent => (int?)extent)];
    }

    // Some exporters write 0 or -1 for what they leave open.
    private static int? ExtentOf(TensorShapeProto.Types.Dimension dimension, string input) => dimension.HasDimValue && dimension.DimValue > 0
        ? dimension.DimValue <= int.MaxValue ? (int)dimension.DimValue : throw new UnsupportedException(FormattableString.Invariant($"its input {input} has an extent of {dimension.DimValue:N0}"))
        : null;

    private static string Describe(TensorShapeProto.Types.Dimension dimension) =>
        dimension.HasDimParam ? Shown(dimension.DimParam)
        : dimension.HasDimValue ? FormattableString.Invariant($"{dimension.DimValue}")
        : "?";

    private static string Shown(string name) => WeightException.Quote(name).Trim('\'');
}
