namespace Convoy.Backends.OpenCL;

/// <summary>The images that a step carries through its kernels at a time, and the bytes of one in and out.</summary>
internal readonly record struct MicroBatch(int Images, long InputBytes, long OutputBytes);
