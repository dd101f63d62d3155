using System.Diagnostics;

namespace Convoy.Tests.Support;

/// <summary>Shared libraries from a few lines of C, for what no real library should do.</summary>
internal static class PlantedLibrary
{
    /// <summary>Compiles one that needs others, or ignores the running test where there is no C compiler.</summary>
    public static string Build(TemporaryFolder folder, string name, string source, params string[] needed)
    {
        string library = folder[name];
        var start = new ProcessStartInfo("cc", ["-shared", "-fPIC", "-o", library, folder.Write($"{name}.c", source), "-Wl,--no-as-needed", .. needed]) { RedirectStandardError = true };
        try
        {
            using Process compiler = Process.Start(start)!;
            string complaint = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            Assert.That(compiler.ExitCode, Is.Zero, complaint);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore("Skipped: there is no C compiler to plant a library with.");
        }

        return library;
    }
}
