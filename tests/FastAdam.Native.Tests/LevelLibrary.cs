using System.Runtime.InteropServices;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>The kernels' libraries behind the face, loaded into this process beside the managed library.</summary>
internal static class LevelLibrary
{
    private static readonly (string Name, InstructionSet InstructionSet)[] _levels =
    [
        ("baseline", InstructionSet.Scalar),
        ("avx2", InstructionSet.Avx2),
        ("avx512", InstructionSet.Avx512),
        ("neon", InstructionSet.Neon),
    ];

    /// <summary>Those that run here.</summary>
    public static TheoryData<string> Names => [.. _levels
        .Where(level => InstructionSets.IsSupported(level.InstructionSet))
        .Where(level => RuntimeInformation.ProcessArchitecture == Architecture.X64 || level.Name == "neon")
        .Select(level => level.Name)];

    public static string Path(string level) =>
        System.IO.Path.Combine(Installation.Native().Library, $"libfastadam-{level}.so");

    public static nint Export(string level, string function) => NativeLibrary.GetExport(NativeLibrary.Load(Path(level)), function);
}
