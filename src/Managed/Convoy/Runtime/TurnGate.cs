namespace Convoy.Runtime;

/// <summary>
/// A lock that is handed on in the order of arrival, so that one who takes it again and again starves nobody. Taking and
/// leaving it allocates nothing, except the first few times that somebody has to wait. Not bound to a thread.
/// </summary>
internal sealed class TurnGate
{
    private readonly Lock _lock = new();
    private readonly LinkedList<ManualResetEventSlim> _waiting = [];
    private readonly Stack<LinkedListNode<ManualResetEventSlim>> _spare = [];
    private bool _isTaken;

    /// <summary>True while somebody waits.</summary>
    public bool IsAwaited
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count > 0;
            }
        }
    }

    /// <summary>Waits for the turn.</summary>
    /// <exception cref="OperationCanceledException">The token asked to stop before the turn came.</exception>
    public void Enter(CancellationToken cancellationToken)
    {
        if (Join() is not { } turn)
        {
            return;
        }

        try
        {
            turn.Value.Wait(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Unless the turn came at the same moment: then it is for the one who has it to look at the token.
            if (Withdraw(turn))
            {
                throw;
            }
        }
        finally
        {
            Recycle(turn);
        }
    }

    /// <summary>Lets the next one in.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (_waiting.First is not { } next)
            {
                _isTaken = false;
                return;
            }

            _waiting.RemoveFirst();
            next.Value.Set();
        }
    }

    /// <summary>Takes the gate if it is free, and stands in line otherwise.</summary>
    private LinkedListNode<ManualResetEventSlim>? Join()
    {
        lock (_lock)
        {
            if (!_isTaken)
            {
                _isTaken = true;
                return null;
            }

            if (!_spare.TryPop(out LinkedListNode<ManualResetEventSlim>? turn))
            {
                turn = new(new ManualResetEventSlim());
            }

            _waiting.AddLast(turn);
            return turn;
        }
    }

    /// <summary>Leaves the line; false when the turn has come already.</summary>
    private bool Withdraw(LinkedListNode<ManualResetEventSlim> turn)
    {
        lock (_lock)
        {
            bool isInLine = turn.List is not null;
            if (isInLine)
            {
                _waiting.Remove(turn);
            }

            return isInLine;
        }
    }

    private void Recycle(LinkedListNode<ManualResetEventSlim> turn)
    {
        lock (_lock)
        {
            turn.Value.Reset();
            _spare.Push(turn);
        }
    }
}
