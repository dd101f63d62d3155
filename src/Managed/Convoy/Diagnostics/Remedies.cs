namespace Convoy.Diagnostics;

/// <summary>What to install for what is missing, by system; the system this process runs on comes first.</summary>
internal static class Remedies
{
    private const string DebianDrivers =
        "pocl-opencl-icd (any CPU), intel-opencl-icd (Intel GPU), mesa-opencl-icd (AMD GPU), nvidia-opencl-icd (NVIDIA; on Ubuntu part of nvidia-driver-NNN)";

    private const string FedoraDrivers =
        "pocl (any CPU), intel-opencl (Intel GPU), mesa-libOpenCL (AMD GPU), or RPM Fusion's xorg-x11-drv-nvidia-cuda (NVIDIA)";

    private const string AlpineDrivers = "pocl (any CPU), mesa-rusticl (AMD, Intel GPU)";
    private const string WindowsDrivers = "the graphics card's driver from its vendor, or Intel's CPU Runtime for OpenCL (any x86 CPU)";
    private const string MacOSHasIt = "OpenCL is part of macOS and cannot be installed apart: update or repair macOS";

    private const string LinuxAccess =
        "for a GPU, 'usermod -aG video,render USER' and log in again (in a container, pass /dev/dri or the NVIDIA runtime)";

    /// <summary>For a machine without an OpenCL loader; a loader alone would be of no use.</summary>
    public static ImmutableArray<Remedy> ForLoader { get; } = For(
        debian: $"apt-get install ocl-icd-libopencl1, and a driver: {DebianDrivers}",
        fedora: $"dnf install ocl-icd (newer releases: OpenCL-ICD-Loader), and a driver: {FedoraDrivers}",
        alpine: $"apk add opencl-icd-loader, and a driver: {AlpineDrivers}",
        windows: $"install {WindowsDrivers}; either brings OpenCL.dll",
        macOS: MacOSHasIt);

    /// <summary>For a machine with a loader and no driver.</summary>
    public static ImmutableArray<Remedy> ForDriver { get; } = For(
        debian: $"apt-get install one of {DebianDrivers}",
        fedora: $"dnf install one of {FedoraDrivers}",
        alpine: $"apk add one of {AlpineDrivers}",
        windows: $"install {WindowsDrivers}",
        macOS: MacOSHasIt);

    /// <summary>For a machine whose drivers see no device.</summary>
    public static ImmutableArray<Remedy> ForDevice { get; } = For(
        debian: $"{LinuxAccess}; for the CPU, apt-get install pocl-opencl-icd",
        fedora: $"{LinuxAccess}; for the CPU, dnf install pocl",
        alpine: $"{LinuxAccess}; for the CPU, apk add pocl",
        windows: "enable the device in the Device Manager and install its vendor's driver, or Intel's CPU Runtime for OpenCL",
        macOS: MacOSHasIt);

    /// <summary>For a machine whose devices cannot run a kernel.</summary>
    public static ImmutableArray<Remedy> ForKernel { get; } = For(
        debian: "apt-get install --reinstall the device's driver (for PoCL: pocl-opencl-icd libpocl2), or a newer one",
        fedora: "dnf reinstall the device's driver (for PoCL: pocl), or update it",
        alpine: "apk fix the device's driver (for PoCL: pocl), or apk upgrade it",
        windows: "install the newest driver from the device's vendor",
        macOS: MacOSHasIt);

    /// <summary>For a machine without the native library, which is built together with the rest.</summary>
    public static ImmutableArray<Remedy> ForNative { get; } = For(
        debian: "apt-get install cmake gcc make, and build Convoy again",
        fedora: "dnf install cmake gcc make, and build Convoy again",
        alpine: "apk add cmake gcc make musl-dev, and build Convoy again",
        windows: "install Visual Studio Build Tools with 'Desktop development with C++', and build Convoy again",
        macOS: "xcode-select --install, brew install cmake, and build Convoy again");

    private static ImmutableArray<Remedy> For(string debian, string fedora, string alpine, string windows, string macOS)
    {
        (HostSystem System, string Action)[] all =
        [
            (HostSystem.Debian, debian), (HostSystem.Fedora, fedora), (HostSystem.Alpine, alpine),
            (HostSystem.Windows, windows), (HostSystem.MacOS, macOS),
        ];
        return
        [
            .. all.Select(each => new Remedy(HostSystems.NameOf(each.System), each.Action, each.System == HostSystems.Current))
                .OrderByDescending(remedy => remedy.IsForThisSystem),
        ];
    }
}
