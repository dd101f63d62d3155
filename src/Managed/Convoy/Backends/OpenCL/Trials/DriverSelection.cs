using System.Runtime.InteropServices;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Trials;

/// <summary>Some of the registered drivers, in a folder of their own that a loader can be pointed to; gone when disposed of.</summary>
internal sealed partial class DriverSelection : IDisposable
{
    // What lies below a device nobody can make, so a loader that is pointed to it finds no driver.
    private const string NoFolder = "/dev/null/convoy-drivers-none";

    private readonly string? _folder;

    /// <summary>Registers those drivers that name a library; none at all where there is no place for temporary files.</summary>
    public DriverSelection(IReadOnlyList<ClVendorFile> drivers)
    {
        try
        {
            _folder = Directory.CreateTempSubdirectory("convoy-drivers-").FullName;
            foreach ((int i, ClVendorFile driver) in drivers.Where(each => each.Library.Length > 0).Index())
            {
                File.WriteAllText(Path.Combine(_folder, FormattableString.Invariant($"{i:D4}{ClVendorFile.Suffix}")), $"{driver.Library}\n");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What a full disk leaves is fewer drivers.
        }
    }

    /// <summary>Points the loader of a process to be started to these drivers alone.</summary>
    public void ApplyTo(IDictionary<string, string?> environment)
    {
        foreach (string name in ClVendors.Variables)
        {
            environment.Remove(name);
        }

        environment[ClVendors.FolderVariable] = _folder ?? NoFolder;
    }

    /// <summary>
    /// Does something while this process's loader is pointed to these drivers alone. The loader is native code, so it is the
    /// system's environment that changes, which .NET's own does not reach.
    /// </summary>
    public T WhileApplied<T>(Func<T> action)
    {
        var environment = ClVendors.Variables.ToDictionary(name => name, Environment.GetEnvironmentVariable);
        var changed = new Dictionary<string, string?>(environment);
        ApplyTo(changed);
        SetAll(changed);
        try
        {
            return action();
        }
        finally
        {
            SetAll(environment);
        }

        void SetAll(Dictionary<string, string?> values)
        {
            foreach (string name in ClVendors.Variables)
            {
                _ = values.GetValueOrDefault(name) is { } value ? SetVariable(name, value, 1) : UnsetVariable(name);
            }
        }
    }

    public void Dispose()
    {
        if (_folder is null)
        {
            return;
        }

        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is the system's to clear up, then.
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnsetVariable(string name);
}
