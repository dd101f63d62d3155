using System.Runtime.InteropServices;

namespace Convoy.Backends.Native;

internal partial struct Conv2DDescriptor : INativeDescriptor<Conv2DDescriptor>
{
    public NativeHeader Header;
    public NativeImage Input;
    public NativeWindow Window;
    public int OutChannels;
    public int DilationH;
    public int DilationW;
    public int Groups;
    public NativeAlgorithm Algorithm;
    public int Points;
    public NativeLayout InputLayout;
    public int MapChannels;
    public int ChannelOffset;
    public int HasResidual;
    public NativeActivation Activation;
    public NativeMaxPool Pool;

    [LibraryImport(NativeMethods.Library, EntryPoint = "convoy_plan_conv2d")]
    public static partial NativeStatus Plan(in Conv2DDescriptor descriptor, ref NativePlan plan);
}

/// <summary>Maximum pooling behind a convolution; all zero: none.</summary>
internal struct NativeMaxPool
{
    public NativeWindow Window;
    public int OutHeight;
    public int OutWidth;
}
