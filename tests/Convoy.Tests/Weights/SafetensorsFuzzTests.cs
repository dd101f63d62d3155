using CsCheck;

namespace Convoy.Tests.Weights;

public class SafetensorsFuzzTests
{
    private static readonly byte[] Valid = SafetensorsBytes.Create(
        """{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[],"data_offsets":[8,10]}}  """,
        [0, 0, 128, 63, 0, 0, 0, 64, 128, 63]);

    private static readonly string[] Tokens =
        ["{", "}", "[", "]", ",", ":", "\"", "\\u0000", "\\ud83d", "null", "-1", "0", "1e999", "99999999999999999999", "\"a\"", "__metadata__", "F16", "\u00e9", " "];

    [Test]
    public void Changed_bytes_are_read_or_refused()
    {
        var edits = Gen.Select(Gen.Int[0, Valid.Length - 1], Gen.Byte).Array[1, 4];
        edits.Sample(
            changes =>
            {
                byte[] bytes = [.. Valid];
                foreach ((int position, byte value) in changes)
                {
                    bytes[position] = value;
                }

                ReadOrRefuse(bytes);
            },
            iter: 30_000,
            print: changes => string.Join(", ", changes));
    }

    [Test]
    public void Spliced_tokens_are_read_or_refused()
    {
        int headerLength = Valid.Length - 8 - 10;
        string header = System.Text.Encoding.UTF8.GetString(Valid, 8, headerLength);
        var splices = Gen.Select(Gen.Int[0, headerLength], Gen.Int[0, 12], Gen.Int[0, Tokens.Length - 1]).Array[1, 3];
        splices.Sample(
            changes =>
            {
                string text = header;
                foreach ((int position, int removed, int token) in changes)
                {
                    int start = Math.Min(position, text.Length);
                    text = text.Remove(start, Math.Min(removed, text.Length - start)).Insert(start, Tokens[token]);
                }

                ReadOrRefuse(SafetensorsBytes.Create(text, Valid[^10..]));
            },
            iter: 30_000,
            print: changes => string.Join(", ", changes));
    }

    [Test]
    public void Every_truncation_is_refused()
    {
        for (int length = 0; length < Valid.Length; length++)
        {
            Assert.That(() => WeightSet.Load(Valid.AsMemory(0, length), "test"), Throws.TypeOf<WeightException>(), $"{length} bytes");
        }
    }

    private static void ReadOrRefuse(byte[] bytes)
    {
        WeightSet weights;
        try
        {
            weights = WeightSet.Load(bytes, "test");
        }
        catch (WeightException e)
        {
            Assert.That(e.Message, Does.StartWith("Cannot read the weights of 'test': "));
            return;
        }

        using (weights)
        {
            foreach (WeightTensor tensor in weights.Tensors)
            {
                Assert.That(tensor.ByteCount, Is.EqualTo(tensor.Shape.Count * tensor.ElementType.SizeInBytes()));
                tensor.CopyTo(new float[tensor.Shape.Count]);
            }
        }
    }
}
