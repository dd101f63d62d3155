namespace Convoy.Tests.Weights;

/// <summary>A tensor's bytes, as tests compare them.</summary>
internal static class StoredBytes
{
    public static byte[] Of(WeightTensor tensor)
    {
        byte[] bytes = new byte[tensor.ByteCount];
        tensor.CopyBytesTo(bytes);
        return bytes;
    }
}
