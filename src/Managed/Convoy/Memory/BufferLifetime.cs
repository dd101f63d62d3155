namespace Convoy.Memory;

/// <summary>A buffer's size and the steps of a run during which its content matters.</summary>
/// <param name="Bytes">The size in bytes; zero is allowed.</param>
/// <param name="FirstStep">The step that first writes it.</param>
/// <param name="LastStep">The last step that reads or writes it, inclusive.</param>
internal readonly record struct BufferLifetime(long Bytes, int FirstStep, int LastStep);
