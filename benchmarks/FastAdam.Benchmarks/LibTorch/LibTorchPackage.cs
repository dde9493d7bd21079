using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Torch = FastAdam.LibTorch.Tests.LibTorch;

namespace FastAdam.Benchmarks.LibTorch;

/// <summary>libtorch from its NuGet package, which is fetched on first use.</summary>
internal static class LibTorchPackage
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(10);

    /// <summary>Fetches libtorch where it is not there yet, and loads it.</summary>
    /// <returns>Null, or why there is no libtorch.</returns>
    public static string? Load()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64)
        {
            return "its package is for Linux on x64";
        }

        if (Folder() is not { } folder)
        {
            return "its package could not be fetched";
        }

        NativeLibrary.SetDllImportResolver(typeof(Torch).Assembly, (name, assembly, path) => Resolve(folder, name, assembly, path));
        return Torch.Load()?.Split('\n')[0];
    }

    /// <summary>Only libtorch's own name is looked for there.</summary>
    private static nint Resolve(string folder, string name, Assembly assembly, DllImportSearchPath? path)
    {
        string file = Path.Join(folder, $"lib{name}.so");
        return File.Exists(file) ? NativeLibrary.Load(file) : 0;
    }

    /// <summary>Where the package's libraries are after NuGet has had the chance to fetch it; null without them.</summary>
    private static string? Folder()
    {
        string project = Path.Join(Repository.Path, "benchmarks", "FastAdam.Benchmarks", "LibTorch", "LibTorch.Package.csproj");
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            ["msbuild", project, "-restore", "-target:Locate", "-getProperty:LibTorchFolder", "-nologo"])
        {
            RedirectStandardOutput = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(_patience))
            {
                process.Kill(entireProcessTree: true);
                return null;
            }

            string folder = output.Result.Trim();
            return process.ExitCode == 0 && Directory.Exists(folder) ? folder : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
