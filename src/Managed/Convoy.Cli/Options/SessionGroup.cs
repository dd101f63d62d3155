namespace Convoy.Cli.Options;

/// <summary>A network compiled for each of the devices asked for, which share the images. Disposing frees all of it.</summary>
internal sealed class SessionGroup : IDisposable
{
    private readonly List<InferenceSession> _sessions = [];

    private SessionGroup()
    {
    }

    /// <summary>Compiles for each device in turn; what cannot begin is told, and left out where others can.</summary>
    public static SessionGroup Create(IEnumerable<Device> devices, Func<Device, InferenceSession> compile, Terminal terminal)
    {
        var group = new SessionGroup();
        List<DeviceFailure> failures = [];
        try
        {
            foreach (Device device in devices)
            {
                try
                {
                    group._sessions.Add(compile(device));
                }
                catch (ConvoyException e) when (e is not WeightException)
                {
                    failures.Add(new DeviceFailure(device, e));
                }
            }

            if (group._sessions.Count == 0)
            {
                FailedDevices.Throw(failures);
            }

            failures.ForEach(failure => terminal.Note(FailedDevices.Describe(failure)));
            return group;
        }
        catch
        {
            group.Dispose();
            throw;
        }
    }

    /// <summary>The devices' names, with commas in between.</summary>
    public string DeviceNames => string.Join(',', _sessions.Select(session => session.Device.Name));

    /// <summary>The devices' precisions, each once, with commas in between.</summary>
    public string Precisions => string.Join(',', _sessions.Select(session => session.Precision).Distinct());

    /// <summary>A pipeline over the sessions, which reports a device that fails.</summary>
    public BatchPipeline<TItem> CreatePipeline<TItem>(ImageReader<TItem> read, Terminal terminal) => new(_sessions, read)
    {
        DeviceFailed = failure => terminal.Note(Describe(failure)),
    };

    /// <summary>What is reported of a device that failed while others go on.</summary>
    internal static string Describe(DeviceFailure failure) =>
        $"The device '{failure.Device}' failed, and the others go on with its images: {failure.Error.Message}";

    public void Dispose() => _sessions.ForEach(session => session.Dispose());
}
