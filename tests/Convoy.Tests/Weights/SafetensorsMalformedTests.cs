using System.Text;

namespace Convoy.Tests.Weights;

public class SafetensorsMalformedTests
{
    private const string A = """
        "a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}
        """;

    private const string B = """
        "b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}
        """;

    [TestCase("", "begins with the bytes 00 00 00 00 00 00 00 00,", TestName = "No header at all")]
    [TestCase(" ", "begins with the bytes 01 00 00 00 00 00 00 00,", TestName = "A blank header")]
    [TestCase("{", "not valid JSON", TestName = "An object that never ends")]
    [TestCase("{}x", "not valid JSON", TestName = "Something behind the object")]
    [TestCase("{}{}", "not valid JSON", TestName = "Two objects")]
    [TestCase("{'a':1}", "not valid JSON", TestName = "Single quotes")]
    [TestCase("null", "damaged or of another kind; save the weights as safetensors", TestName = "A header that is null")]
    [TestCase("[]", "damaged or of another kind", TestName = "A header that is an array")]
    [TestCase("3", "damaged or of another kind", TestName = "A header that is a number")]
    [TestCase("{" + A + "," + A + "}", "two tensors named 'a'", TestName = "Two tensors of one name")]
    [TestCase("""{"a":1}""", "tensor 'a' is described by 1", TestName = "A tensor that is a number")]
    [TestCase("""{"a":{}}""", "tensor 'a' lacks the field 'dtype'", TestName = "A tensor without anything")]
    [TestCase("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", "tensor 'a' lacks the field 'shape'", TestName = "A tensor without shape")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1]}}""", "tensor 'a' lacks the field 'data_offsets'", TestName = "A tensor without offsets")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":[[[[]]]]}}""", "unknown field 'x'", TestName = "An unknown field")]
    [TestCase("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "the field 'dtype' twice", TestName = "dtype twice")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", "the field 'shape' twice", TestName = "shape twice")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"data_offsets":[0,4]}}""", "'data_offsets' twice", TestName = "Offsets twice")]
    [TestCase("""{"a":{"dtype":1}}""", "dtype of tensor 'a' is 1,", TestName = "A dtype that is a number")]
    [TestCase("""{"a":{"dtype":"I65","shape":[1],"data_offsets":[0,8]}}""", "tensor 'a' has the element type 'I65', which is none of the format's", TestName = "A dtype that there is not")]
    [TestCase("""{"a":{"dtype":"F6_E2M3","shape":[2,3],"data_offsets":[0,4]}}""", "'a' of shape [2, 3] in F6_E2M3 does not end with a byte", TestName = "Half a byte")]
    [TestCase("""{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}""", "'a' of shape [2] in F64 takes 16 bytes, but its data_offsets span 8", TestName = "F64 that spans too little")]
    [TestCase("""{"a":{"dtype":"I64","shape":[],"data_offsets":[0,4]}}""", "takes 8 bytes, but its data_offsets span 4", TestName = "I64 that spans too little")]
    [TestCase("""{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}""", "element type 'f32'", TestName = "dtype in lower case")]
    [TestCase("""{"a":{"shape":4}}""", "shape of tensor 'a' is 4", TestName = "A shape that is a number")]
    [TestCase("""{"a":{"shape":[-1]}}""", "an extent of tensor 'a' is -1", TestName = "A negative extent")]
    [TestCase("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,4]}}""", "'a' without an element in F32 takes 0 bytes, but its data_offsets span 4", TestName = "A zero extent that spans too much")]
    [TestCase("""{"a":{"shape":[1.5]}}""", "an extent of tensor 'a' is 1.5", TestName = "A fractional extent")]
    [TestCase("""{"a":{"shape":["1"]}}""", "an extent of tensor 'a' is a text", TestName = "An extent that is a text")]
    [TestCase("""{"a":{"shape":[[1]]}}""", "an extent of tensor 'a' is an array", TestName = "An extent that is an array")]
    [TestCase("""{"a":{"shape":[4294967297]}}""", "an extent of tensor 'a' is 4294967297", TestName = "An extent beyond 32 bits")]
    [TestCase("""{"a":{"shape":[1000000000000000000000000000000000]}}""", "is 100000000000000000000000...", TestName = "An extent beyond 64 bits")]
    [TestCase("""{"a":{"shape":[65536,65536,65536,65536]}}""", "tensor 'a' is larger than 2 GiB", TestName = "A count that overflows 64 bits")]
    [TestCase("""{"a":{"dtype":"F32","shape":[536870912],"data_offsets":[0,2147483648]}}""", "tensor 'a' is larger than 2 GiB", TestName = "2 GiB")]
    [TestCase("""{"a":{"shape":[1,1,1,1,1,1,1,1,1]}}""", "tensor 'a' has more than 8 extents", TestName = "Nine extents")]
    [TestCase("""{"a":{"data_offsets":0}}""", "data_offsets of tensor 'a' are 0", TestName = "Offsets that are a number")]
    [TestCase("""{"a":{"data_offsets":[0]}}""", "data_offsets of tensor 'a' hold", TestName = "One offset")]
    [TestCase("""{"a":{"data_offsets":[0,4,8]}}""", "hold more than two numbers", TestName = "Three offsets")]
    [TestCase("""{"a":{"data_offsets":[-4,0]}}""", "hold -4", TestName = "A negative offset")]
    [TestCase("""{"a":{"data_offsets":[0,4.5]}}""", "hold 4.5", TestName = "A fractional offset")]
    [TestCase("""{"a":{"data_offsets":[0,99999999999999999999]}}""", "hold 99999999999999999999", TestName = "An offset beyond 64 bits")]
    [TestCase("""{"a":{"data_offsets":[4,0]}}""", "'a' begin at 4 and end before that, at 0", TestName = "Offsets in reverse")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", "takes 4 bytes, but its data_offsets span 8", TestName = "Offsets that span too much")]
    [TestCase("""{"a":{"dtype":"F16","shape":[3,2],"data_offsets":[0,8]}}""", "'a' of shape [3, 2] in F16 takes 12 bytes", TestName = "Offsets that span too little")]
    [TestCase("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775803,9223372036854775807]}}""", "before tensor 'a', belong to no tensor", TestName = "Offsets at the end of 64 bits")]
    [TestCase("{" + A + ""","b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", "tensors 'a' and 'b' overlap, from byte 2", TestName = "Overlapping tensors")]
    [TestCase("{" + A + ""","b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "tensors 'a' and 'b' overlap, from byte 0", TestName = "Two tensors in one place")]
    [TestCase("{" + B + "}", "bytes 0 to 4 of the data, before tensor 'b', belong to no tensor", TestName = "A hole")]
    [TestCase("{" + A + "}", "4 bytes behind the last tensor belong to no tensor", TestName = "A remainder")]
    [TestCase("{}", "8 bytes behind the last tensor", TestName = "Data and no tensors")]
    [TestCase("{" + A + "," + B + ""","c":{"dtype":"F32","shape":[5],"data_offsets":[8,28]}}""", "cut short: 20 bytes are missing, from within tensor 'c'", TestName = "A truncated file")]
    [TestCase("""{"a":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}}""", "cut short: 12 bytes are missing, from within tensor 'a'", TestName = "A truncated tensor")]
    [TestCase("""{"__metadata__":3}""", "'__metadata__' is 3", TestName = "Metadata that is a number")]
    [TestCase("""{"__metadata__":{"k":{"deep":1}}}""", "metadata 'k' is an object", TestName = "Metadata of objects")]
    [TestCase("""{"__metadata__":{"k":"1","k":"2"}}""", "metadata has 'k' twice", TestName = "Metadata with one key twice")]
    [TestCase("""{"__metadata__":{},"__metadata__":{}}""", "has '__metadata__' twice", TestName = "Metadata twice")]
    [TestCase("""{"\ud800":{}}""", "half of a surrogate pair", TestName = "Half a surrogate pair")]
    [TestCase("""{"line\nbreak":1}""", "tensor 'line?break'", TestName = "A line break in a name")]
    public void A_malformed_header_is_refused_in_one_sentence(string header, string expected) =>
        CheckRefused(SafetensorsBytes.Create(header, new byte[8]), expected);

    [Test]
    public void An_empty_source_is_refused() => CheckRefused([], "it is empty");

    [Test]
    public void Fewer_bytes_than_a_header_takes_are_refused([Values(1, 7, 8)] int length) =>
        CheckRefused(new byte[length], $"begins with the bytes {string.Join(' ', Enumerable.Repeat("00", length))}, as no file does that weights are read from (safetensors, *.safetensors; ");

    [TestCase(3u, "declares a header of 3 bytes, but only 2 follow")]
    [TestCase(16_777_216u, "declares a header of 16,777,216 bytes, but only 2 follow")]
    [TestCase(16_777_217u, "declares a header of 16,777,217 bytes, but none longer than 16,777,216 is read, so it is damaged")]
    [TestCase(10_000_000_000u, "declares a header of 10,000,000,000 bytes, but none longer")]
    [TestCase(ulong.MaxValue, "declares a header of 18,446,744,073,709,551,615 bytes")]
    public void A_header_longer_than_the_file_or_than_any_that_is_read_is_refused(ulong declared, string expected) =>
        CheckRefused(SafetensorsBytes.Create(declared, "{}"u8.ToArray(), []), expected);

    [Test]
    public void A_header_that_is_not_utf8_is_refused() =>
        CheckRefused(SafetensorsBytes.Create(5, [(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)'}'], []), "not UTF-8");

    [TestCase("[")]
    [TestCase("""{"a":""")]
    [TestCase("""{"a":{"shape":[""")]
    public void Deep_nesting_is_refused(string level)
    {
        string nested = string.Concat(Enumerable.Repeat(level, 100_000));
        CheckRefused(SafetensorsBytes.Create(nested, []), "test");
    }

    [Test]
    public void A_name_of_a_page_is_cut_in_the_sentence()
    {
        string name = new('n', 10_000);
        var error = Assert.Throws<WeightException>(
            () => WeightSet.Load(SafetensorsBytes.Create($$"""{"{{name}}":1}""", []), "test"));
        Assert.That(error.Message, Has.Length.LessThan(300).And.Contains(new string('n', 80) + "...'"));
    }

    [Test]
    public void A_failing_stream_is_told()
    {
        using var stream = new FailingStream();
        Assert.That(() => WeightSet.Load(stream, "net"), Throws.TypeOf<WeightException>().With.Message.Contains("'net': reading failed (cable cut)."));
    }

    private static void CheckRefused(byte[] bytes, string expected)
    {
        var fromMemory = Assert.Throws<WeightException>(() => WeightSet.Load(bytes, "test"));
        Assert.That(fromMemory.Message, Does.StartWith("Cannot read the weights of 'test': ").And.EndsWith(".").And.Contains(expected));
        Assert.That(fromMemory.Message, Does.Not.Contain("\n"));

        using var folder = new TemporaryFolder();
        string path = folder["bad.safetensors"];
        File.WriteAllBytes(path, bytes);
        var fromFile = Assert.Throws<WeightException>(() => WeightSet.Open(path));
        Assert.That(fromFile.Message, bytes.Length == 0 ? Does.Contain("is empty") : Is.EqualTo(fromMemory.Message.Replace("'test'", $"'{path}'", StringComparison.Ordinal)));
        Assert.That(new UTF8Encoding(false, true).GetBytes(fromFile.Message), Is.Not.Empty);
    }

    private sealed class FailingStream : MemoryStream
    {
        public override void CopyTo(Stream destination, int bufferSize) => throw new IOException("cable cut.");
    }
}
