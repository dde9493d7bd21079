using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>The flags of floating-point exceptions are the caller's.</summary>
public sealed class FlagsTests
{
    private const string Source = "flags_test.c";

    private static readonly Lazy<string> _program = new(() =>
        CProgram.Compile(Installation.Native(), Path.Combine(Installation.CFolder, Source)));

    public static TheoryData<string> Levels => CInterfaceTests.Levels;

    [Theory]
    [MemberData(nameof(Levels))]
    public void Every_function_leaves_them_as_they_were(string isa)
    {
        Installation.Native();
        CProgram.Run(_program.Value, [], ("FASTADAM_ISA", isa));
    }

    [Fact]
    public void Also_on_arm64() => CProgram.Run(
        "qemu-aarch64-static",
        [CProgram.Compile(Installation.Arm64(), Path.Combine(Installation.CFolder, Source), "aarch64-linux-gnu-gcc")],
        ("FASTADAM_ISA", null));
}
