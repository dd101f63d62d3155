namespace Convoy.Tests.Runtime;

public sealed class TurnGateTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public async Task Turns_come_in_the_order_of_arrival_even_if_the_last_one_asks_again_at_once()
    {
        var gate = new TurnGate();
        List<int> order = [];
        List<Task> others = [];
        gate.Enter(CancellationToken.None);
        for (int i = 0; i < 5; i++)
        {
            int number = i;
            others.Add(Arrive(() =>
            {
                gate.Enter(CancellationToken.None);
                order.Add(number);
                gate.Leave();
            }));
        }

        gate.Leave();
        gate.Enter(CancellationToken.None);
        Assert.That(order, Is.EqualTo(Enumerable.Range(0, 5)));
        Assert.That(gate.IsAwaited, Is.False);
        gate.Leave();
        await Task.WhenAll(others).WaitAsync(Patience);
    }

    [Test]
    public async Task Only_one_is_in_at_a_time()
    {
        var gate = new TurnGate();
        int inside = 0;
        int total = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                gate.Enter(CancellationToken.None);
                Assert.That(Interlocked.Increment(ref inside), Is.EqualTo(1));
                total++;
                Interlocked.Decrement(ref inside);
                gate.Leave();
            }
        }))).WaitAsync(Patience);
        Assert.That(total, Is.EqualTo(8000));
    }

    [Test]
    public async Task Who_gives_up_leaves_the_line_and_the_next_one_gets_in()
    {
        var gate = new TurnGate();
        using var source = new CancellationTokenSource();
        gate.Enter(CancellationToken.None);
        Task impatient = Arrive(() => gate.Enter(source.Token));
        Task patient = Arrive(() =>
        {
            gate.Enter(CancellationToken.None);
            gate.Leave();
        });
        await source.CancelAsync();
        await Assert.CatchAsync<OperationCanceledException>(() => impatient.WaitAsync(Patience));
        Assert.That(gate.IsAwaited);
        gate.Leave();
        await patient.WaitAsync(Patience);
        gate.Enter(source.Token);
        Assert.That(() => gate.Enter(source.Token), Throws.InstanceOf<OperationCanceledException>());
        gate.Leave();
    }

    /// <summary>Starts a thread that enters, and comes back once it is blocked; threads do nothing else before.</summary>
    private static Task Arrive(Action action)
    {
        Thread? thread = null;
        using var started = new ManualResetEventSlim();
        Task task = Task.Factory.StartNew(
            () =>
            {
                thread = Thread.CurrentThread;
                started.Set();
                action();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        started.Wait();
        Assert.That(SpinWait.SpinUntil(() => thread!.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Patience));
        return task;
    }
}
