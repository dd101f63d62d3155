namespace Convoy.Memory;

/// <summary>
/// Elements rented from a <see cref="NativeMemoryPool"/>: uninitialised, aligned to 64 bytes, to 4096 where the block has
/// 1 MiB or more. Disposal returns them to the pool.
/// </summary>
public sealed class PooledBuffer<T> : NativeMemoryOwner<T>
    where T : unmanaged
{
    private readonly NativeMemoryPool _pool;

    internal PooledBuffer(NativeMemoryPool pool, NativeMemoryPool.Block block, int length)
        : base(block, length)
    {
        _pool = pool;
    }

    private protected override void GiveUp(NativeBlock block) => _pool.Return((NativeMemoryPool.Block)block);
}
