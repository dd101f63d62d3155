using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Convoy.Bench.Peers;

// "run ARGUMENTS" is BenchmarkDotNet's own command line; everything else is ours.
if (args is ["run", .. string[] rest])
{
    // In this process: BenchmarkDotNet's own builds move the artifacts folder, and would not find the C library there.
    Job inProcess = Job.Default.WithToolchain(InProcessEmitToolchain.Instance).AsMutator();
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest, DefaultConfig.Instance.AddJob(inProcess));
    return 0;
}

return PeersCommand.CreateRoot().Parse(args).Invoke();
