using System.Globalization;
using System.Reflection;
using System.Text;
using Convoy.Backends.Native;

namespace Convoy.Tests.Fuzzing;

/// <summary>
/// Random networks on every device, with random options, against the reference, which is given every layer as an output and so
/// fuses nothing; and against themselves to the bit: an image alone and among others, on one thread and on several, in batches of
/// one size and another.
/// </summary>
public sealed class NetworkFuzz : FuzzFixture<RandomNetwork>
{
    // Beyond it, single precision has no decimals left to compare.
    private const float LargestNumber = 1e4f;

    private const int MostThreads = 4;
    private const int CoverageNetworks = 3000;

    // Compiling its kernels for a network takes OpenCL a thousand times as long as others take for all: one network in so many.
    private const int OpenClEvery = 8;

    private static readonly IEnumerable<Type> LayerTypes = typeof(Layer).Assembly.GetTypes().Where(type => type.Namespace == typeof(Layer).Namespace);

    private static IReadOnlyList<InstructionSet> InstructionSets =>
        [.. Enum.GetValues<InstructionSet>().Where(each => each != InstructionSet.Auto && NativeLibraryState.Supports(each))];

    /// <inheritdoc/>
    public override double Weight => 12;

    private protected override int ShortCases => 80;

    [Test]
    public void The_native_device_is_among_the_judged()
    {
        TestDevices.RequireNative();
        Assert.That(TestDevices.Judged, Does.Contain(Device.Native));
    }

    [Test]
    public void There_is_an_OpenCL_device_among_the_judged() => Assert.That(TestDevices.RequireOpenCl(), Is.Not.Empty);

    [Test]
    public void Every_method_of_the_builder_is_drawn_from()
    {
        string[] methods =
        [
            .. typeof(NetworkBuilder).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Where(method => method.ReturnType == typeof(NetworkBuilder))
                .Select(method => method.Name)
                .Except([nameof(NetworkBuilder.From)])
                .Distinct(),
        ];
        Assert.That(LayerDraw.Kinds.Keys, Is.EquivalentTo(methods));
    }

    [Test]
    public void Every_kind_of_layer_and_every_choice_that_one_has_is_drawn()
    {
        HashSet<object> drawn = [];
        for (int seed = 0; seed < CoverageNetworks; seed++)
        {
            foreach (Layer layer in Make(seed).Network.Nodes.Select(node => node.Layer))
            {
                drawn.UnionWith([layer.GetType(), .. ChoicesIn(layer)]);
            }
        }

        object[] all =
        [
            .. LayerTypes.Where(type => type.IsSubclassOf(typeof(Layer)) && !type.IsAbstract),
            .. LayerTypes.Where(type => type.IsEnum && type.IsPublic).SelectMany(type => Enum.GetValues(type).Cast<object>()),
        ];
        Assert.That(all.Except(drawn), Is.Empty);
    }

    private protected override RandomNetwork Make(Random random) => RandomNetwork.Create(random);

    private protected override byte[] Save(RandomNetwork fuzzCase) => Encoding.UTF8.GetBytes(fuzzCase.Describe());

    /// <summary>A kept network is its seed: the number that the first line begins with, as long as networks are drawn alike.</summary>
    private protected override RandomNetwork Load(byte[] saved) => Make(int.Parse(Encoding.UTF8.GetString(saved).Split()[0], CultureInfo.InvariantCulture));

    private protected override void Check(RandomNetwork fuzzCase)
    {
        try
        {
            CheckDevices(fuzzCase);
        }
        catch (Exception e)
        {
            throw new FuzzException($"{e.Message}\n{fuzzCase.Describe()}\n{e}");
        }
    }

    private static void CheckDevices(RandomNetwork fuzzCase)
    {
        using WeightSet weights = WeightSet.Random(fuzzCase.Whole, fuzzCase.Seed);
        var runs = new NetworkRuns(fuzzCase, weights);
        if (!(runs.Scale < LargestNumber))
        {
            return;
        }

        var random = new Random(fuzzCase.Seed);
        runs.Check(Device.Reference, new SessionOptions { BatchSize = 1 + random.Next(fuzzCase.Images) });
        foreach (Device device in TestDevices.Judged.Where(device => device == Device.Native || fuzzCase.Seed % OpenClEvery == 0))
        {
            foreach (InstructionSet isa in device == Device.Native ? InstructionSets : [InstructionSet.Auto])
            {
                runs.Check(device, new SessionOptions
                {
                    BatchSize = 1 + random.Next(fuzzCase.Images + 1),
                    Threads = TestDevices.Threads(device, 1 + random.Next(MostThreads)),
                    InstructionSet = isa,
                    ConvolutionAlgorithm = Mutation.Any(random, Enum.GetValues<ConvolutionAlgorithm>()),
                    WeightPrecision = device == Device.Native && random.Next(3) == 0 ? Mutation.Any(random, Enum.GetValues<WeightPrecision>()) : WeightPrecision.Float32,
                    AllowChains = random.Next(2) == 0,
                });
            }
        }
    }

    /// <summary>The enums' values among a layer's properties, and among those of its activation, padding and the like.</summary>
    private static IEnumerable<object> ChoicesIn(object owner) =>
        from property in owner.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
        let type = property.PropertyType
        where type.IsEnum || (type.IsValueType && type.Namespace == typeof(Layer).Namespace)
        let value = property.GetValue(owner)!
        from choice in type.IsEnum ? [value] : ChoicesIn(value)
        select choice;
}
