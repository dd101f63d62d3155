using System.Reflection;
using System.Runtime.CompilerServices;
using Convoy.Backends.Native;
using Convoy.Memory;

namespace Convoy.Tests.Backends;

/// <summary>The managed mirror of convoy.h against its text, and against the library itself.</summary>
public sealed class NativeAbiTests
{
    private static readonly CHeader Header = new(ReadHeader("convoy.h"), ReadHeader("convoy_activations.h"));

    private static readonly Dictionary<string, Type> Structs = new()
    {
        ["convoy_header"] = typeof(NativeHeader),
        ["convoy_image"] = typeof(NativeImage),
        ["convoy_axis"] = typeof(NativeAxis),
        ["convoy_window"] = typeof(NativeWindow),
        ["convoy_max_pool"] = typeof(NativeMaxPool),
        ["convoy_activation_desc"] = typeof(NativeActivation),
        ["convoy_conv2d_desc"] = typeof(Conv2DDescriptor),
        ["convoy_dense_desc"] = typeof(DenseDescriptor),
        ["convoy_pool2d_desc"] = typeof(Pool2DDescriptor),
        ["convoy_lrn_desc"] = typeof(LrnDescriptor),
        ["convoy_activate_desc"] = typeof(ActivateDescriptor),
        ["convoy_binary_desc"] = typeof(BinaryDescriptor),
        ["convoy_softmax_desc"] = typeof(SoftmaxDescriptor),
        ["convoy_pad2d_desc"] = typeof(Pad2DDescriptor),
        ["convoy_instance_norm_desc"] = typeof(InstanceNormDescriptor),
        ["convoy_rearrange_desc"] = typeof(RearrangeDescriptor),
        ["convoy_concat_desc"] = typeof(ConcatDescriptor),
        ["convoy_transform_desc"] = typeof(TransformDescriptor),
        ["convoy_chain_layer"] = typeof(NativeChainLayer),
        ["convoy_chain_desc"] = typeof(ChainDescriptor),
        ["convoy_plan"] = typeof(NativePlan),
        ["convoy_work"] = typeof(NativeWork),
        ["convoy_buffer"] = typeof(BufferArgument),
        ["convoy_run_args"] = typeof(RunArguments),
    };

    private static readonly Dictionary<string, Type> Enums = new()
    {
        ["convoy_status"] = typeof(NativeStatus),
        ["convoy_isa"] = typeof(InstructionSet),
        ["convoy_activation"] = typeof(ActivationKind),
        ["convoy_algorithm"] = typeof(NativeAlgorithm),
        ["convoy_layout"] = typeof(NativeLayout),
        ["convoy_weight_format"] = typeof(WeightPrecision),
        ["convoy_pool_kind"] = typeof(NativePoolKind),
        ["convoy_lrn_alignment"] = typeof(LrnAlignment),
        ["convoy_binary_kind"] = typeof(BinaryOperation),
        ["convoy_operand"] = typeof(NativeOperand),
        ["convoy_softmax_kind"] = typeof(NativeSoftmaxKind),
        ["convoy_transform_kind"] = typeof(NativeTransformKind),
        ["convoy_chain_kind"] = typeof(NativeChainKind),
        ["convoy_phase_kind"] = typeof(NativePhaseKind),
        ["convoy_constant"] = typeof(NativeConstant),
        ["convoy_measure_kind"] = typeof(NativeMeasureKind),
    };

    private static readonly string[] StructNames = [.. Structs.Keys];

    private static readonly string[] EnumNames = [.. Enums.Keys];

    [Test]
    public void Every_struct_and_enumeration_has_a_mirror()
    {
        Assert.That(Structs.Keys, Is.EquivalentTo(Header.Structs.Keys));
        Assert.That(Enums.Keys, Is.EquivalentTo(Header.Enums.Keys));
    }

    [TestCaseSource(nameof(StructNames))]
    public void A_structs_fields_are_the_headers_in_name_order_type_and_offset(string name)
    {
        Type mirror = Structs[name];
        FieldInfo[] fields = [.. mirror.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).OrderBy(field => field.MetadataToken)];
        CField[] expected = Header.Structs[name];
        Assert.That(fields.Select(field => Compact(field.Name)), Is.EqualTo(expected.Select(field => Compact(field.Name))));
        Assert.That(fields.Select(field => OffsetOf(mirror, field)), Is.EqualTo(Header.GetOffsets(name)));
        foreach ((FieldInfo field, CField declared) in fields.Zip(expected))
        {
            Assert.That(IsTypeOf(field.FieldType, declared), $"{field.FieldType} {mirror.Name}.{field.Name} is declared {declared.Type} in convoy.h.");
        }
    }

    [TestCaseSource(nameof(StructNames))]
    public void A_struct_has_the_size_the_library_was_built_with(string name)
    {
        Assert.That(SizeOf(Structs[name]), Is.EqualTo((int)NativeAbi.SizeOf(name)).And.EqualTo(Header.GetSize(name)));
    }

    [TestCaseSource(nameof(EnumNames))]
    public void An_enumeration_has_the_headers_names_and_values(string name)
    {
        // The names of one enumeration begin alike: CONVOY_POOL_ADAPTIVE_MAX is AdaptiveMax.
        Dictionary<string, int> declared = Header.Enums[name];
        string prefix = CommonPrefix([.. declared.Keys]);
        Assert.That(
            Enum.GetNames(Enums[name]).ToDictionary(Compact, each => (int)Enum.Parse(Enums[name], each)),
            Is.EquivalentTo(declared.ToDictionary(each => Compact(each.Key[prefix.Length..]), each => each.Value)));
    }

    [Test]
    public void What_must_agree_on_both_sides_does()
    {
        Assert.That(NativeMethods.GetConstant(NativeConstant.Alignment), Is.EqualTo(NativeMemoryPool.Alignment));
        Assert.That(NativeMethods.GetConstant(NativeConstant.MaxExtent), Is.EqualTo(SlidingWindow.MaxExtent));
        Assert.That(NativeMethods.GetConstant(NativeConstant.ChainLayers), Is.EqualTo(NativeChainLayers.Length));
        Assert.That(Enum.GetValues<NativeConstant>().Select(NativeMethods.GetConstant), Is.All.Positive);
        Assert.That(Header.Constants["CONVOY_ABI_VERSION"], Is.EqualTo((int)NativeMethods.AbiVersion));
    }

    [Test]
    public void An_activation_is_called_alike_on_both_sides()
    {
        foreach (ActivationKind kind in Enum.GetValues<ActivationKind>().Except([ActivationKind.None]))
        {
            Assert.That(NativeAbi.NameOf(kind), Is.EqualTo(new Activation(kind).Name));
        }
    }

    [Test]
    public void An_unknown_activation_is_refused_by_its_number() =>
        Assert.That(
            () => NativeActivation.Of("some layer", new Activation((ActivationKind)99)),
            Throws.TypeOf<BackendException>().With.Message.EqualTo("Layer 'some layer': the native backend does not know the activation 99."));

    [Test]
    public void The_version_is_the_one_this_assembly_was_written_for() =>
        Assert.That(NativeMethods.GetAbiVersion(), Is.EqualTo(NativeMethods.AbiVersion));

    [Test]
    public void A_refused_descriptor_is_one_sentence_naming_the_step_and_the_status()
    {
        var plan = new NativePlan();
        var descriptor = new SoftmaxDescriptor { Header = NativeHeader.Of<SoftmaxDescriptor>(InstructionSet.Auto, batch: 0) };
        NativeStatus status = SoftmaxDescriptor.Plan(descriptor, ref plan);
        Assert.That(status, Is.EqualTo(NativeStatus.BadValue));
        BackendException e = Assert.Throws<BackendException>(() => status.ThrowIfFailed("plan", "prob"));
        Assert.That(e.Message, Does.Contain("'prob'").And.Contain("BadValue"));
    }

    [Test]
    public void An_instruction_set_this_cpu_lacks_is_refused_by_name()
    {
        InstructionSet missing = NativeLibraryState.Supports(InstructionSet.Neon) ? InstructionSet.Avx2 : InstructionSet.Neon;
        BackendException e = Assert.Throws<BackendException>(() => new NativeBackend(1, missing).Dispose());
        Assert.That(e.Message, Does.Contain(missing.ToString().ToLowerInvariant()));
    }

    [TestCase(InstructionSet.Avx2)]
    [TestCase(InstructionSet.Avx512)]
    [TestCase(InstructionSet.Neon)]
    public void An_instruction_set_that_is_not_tested_here_is_said_aloud(InstructionSet isa)
    {
        if (!NativeLibraryState.Supports(isa))
        {
            Assert.Ignore($"Skipped: operators are not tested on {isa}: this CPU has no such instructions.");
        }
    }

    private static string ReadHeader(string name) => File.ReadAllText(Path.Combine(Repository.Root, "src", "Native", "include", name));

    /// <summary>kernel_h, KernelH and _kernelH are one name.</summary>
    private static string Compact(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string CommonPrefix(string[] names)
    {
        int length = Enumerable.Range(0, names.Min(name => name.Length)).TakeWhile(i => names.All(name => name[i] == names[0][i])).Count();
        return names[0][..(names[0].LastIndexOf('_', length - 1) + 1)];
    }

    private static int SizeOf(Type type) =>
        (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    /// <summary>Where the runtime has laid a field: it is filled with ones in a struct of zeros.</summary>
    private static int OffsetOf(Type type, FieldInfo field)
    {
        object boxed = RuntimeHelpers.GetUninitializedObject(type);
        byte[] ones = [.. Enumerable.Repeat((byte)0xff, SizeOf(field.FieldType))];
        field.SetValue(boxed, Copy(ones, field.FieldType));
        return Array.IndexOf(ToBytes(boxed), (byte)0xff);
    }

    private static object Copy(byte[] bytes, Type type) =>
        typeof(NativeAbiTests).GetMethod(nameof(Read), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type).Invoke(null, [bytes])!;

    private static byte[] ToBytes(object boxed) =>
        (byte[])typeof(NativeAbiTests).GetMethod(nameof(Write), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(boxed.GetType()).Invoke(null, [boxed])!;

    private static T Read<T>(byte[] bytes)
        where T : struct => Unsafe.ReadUnaligned<T>(ref bytes[0]);

    private static byte[] Write<T>(T value)
        where T : struct
    {
        byte[] bytes = new byte[Unsafe.SizeOf<T>()];
        Unsafe.WriteUnaligned(ref bytes[0], value);
        return bytes;
    }

    private static bool IsTypeOf(Type type, CField declared)
    {
        if (declared.IsPointer)
        {
            return type == typeof(nint);
        }

        if (type.GetCustomAttribute<InlineArrayAttribute>() is { } array)
        {
            Type element = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Single().FieldType;
            return array.Length == declared.Count && IsTypeOf(element, declared with { Count = 1 });
        }

        return declared.Count == 1 && declared.Type switch
        {
            "int32_t" => type == typeof(int) || (type.IsEnum && Enum.GetUnderlyingType(type) == typeof(int)),
            "uint32_t" => type == typeof(uint),
            "int64_t" => type == typeof(long),
            "uint64_t" => type == typeof(ulong),
            "float" => type == typeof(float),
            "double" => type == typeof(double),
            _ => type == Structs[declared.Type],
        };
    }
}
