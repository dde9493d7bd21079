using System.Runtime.InteropServices;
using FastAdam.Kernels;

namespace FastAdam.Benchmarks.Contenders;

/// <summary>libfastadam, where it has been built.</summary>
internal sealed unsafe class FastAdamLibrary
{
    private readonly nint _library;

    private FastAdamLibrary(nint library)
    {
        _library = library;
        int status = ((delegate* unmanaged[Cdecl]<int>)Function("fastadam_load"))();
        if (status != 0)
        {
            throw new InvalidOperationException($"fastadam_load returned {status}.");
        }

        Isa = Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<nint>)Function("fastadam_isa"))())!;
    }

    /// <summary>The instruction set that it has chosen.</summary>
    public string Isa { get; }

    /// <summary>Where native-aot/build.sh puts it.</summary>
    public static FileInfo DefaultFile { get; } = new(Path.Join(
        Repository.Path,
        "native-aot",
        "dist",
        $"{System}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}",
        "lib",
        OperatingSystem.IsWindows() ? "fastadam.dll" : OperatingSystem.IsMacOS() ? "libfastadam.dylib" : "libfastadam.so"));

    private static string System => OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";

    /// <summary>Loads it.</summary>
    /// <param name="file">Where it is.</param>
    /// <param name="unavailable">Why there is none; null where there is.</param>
    public static FastAdamLibrary? Load(FileInfo file, out string? unavailable)
    {
        if (!file.Exists)
        {
            unavailable = $"{file} does not exist: native-aot/build.sh builds it.";
            return null;
        }

        try
        {
            unavailable = null;
            return new FastAdamLibrary(NativeLibrary.Load(file.FullName));
        }
        catch (Exception exception) when (exception
            is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException or InvalidOperationException)
        {
            unavailable = exception.Message;
            return null;
        }
    }

    /// <summary>What lends it the threads of the OpenMP runtime that libtorch has loaded; 0 before.</summary>
    public nint OpenMPExecutor => ((delegate* unmanaged[Cdecl]<nint>)Function("fastadam_openmp_executor"))();

    /// <summary>fastadam_step.</summary>
    public nint StepOfList() => Function("fastadam_step");

    /// <summary>fastadam_adam_f32, _f16 or _bf16.</summary>
    /// <param name="type">The storage of all four arrays.</param>
    public nint StepOf(ElementType type) => Function(type switch
    {
        ElementType.Float32 => "fastadam_adam_f32",
        ElementType.Float16 => "fastadam_adam_f16",
        ElementType.BFloat16 => "fastadam_adam_bf16",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    });

    private nint Function(string name) => NativeLibrary.GetExport(_library, name);
}
