namespace Convoy.Backends.OpenCL;

/// <summary>Images that a step computes together, and the bytes of one in and out.</summary>
internal readonly record struct ImageRound(int Images, long InputBytes, long OutputBytes);
