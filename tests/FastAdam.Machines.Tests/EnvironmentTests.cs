using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Xunit;

namespace FastAdam.Machines.Tests;

/// <summary>
/// All tests of kernels again with CPU features switched off in the runtime, as on an older x86-64 CPU. Without AVX-512 also the AVX2
/// kernels are other machine code, since the JIT no longer encodes them in AVX-512VL.
/// </summary>
public sealed class EnvironmentTests
{
    [Fact]
    public void Without_avx512()
    {
        Assert.SkipUnless(Avx2.IsSupported && Fma.IsSupported, "This CPU has no AVX2 with FMA to test.");
        RunWith("Avx2 Scalar", "Avx2", ("DOTNET_EnableAVX512", "0"));
    }

    [Fact]
    public void Without_any_vector_instruction()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "This is not an x86-64 CPU.");
        RunWith("Scalar", "Scalar", ("DOTNET_EnableHWIntrinsic", "0"));
    }

    [Theory]
    [InlineData("scalar", "Scalar")]
    [InlineData("SCALAR", "Scalar")]
    [InlineData("avx2", "Avx2")]
    [InlineData("neon", "Neon")]
    public void Environment_variable_chooses_the_instruction_set(string requested, string expected)
    {
        (int ExitCode, string Output) run = Command.Run(
            "dotnet",
            [TestRun.Assembly, "-class", "FastAdam.Tests.Api.CurrentInstructionSetTests"],
            ("FASTADAM_ISA", requested),
            ("FASTADAM_TEST_CURRENT", expected));
        bool supported = expected switch
        {
            "Avx2" => Avx2.IsSupported && Fma.IsSupported,
            "Neon" => AdvSimd.Arm64.IsSupported,
            _ => true,
        };
        if (supported)
        {
            TestRun.AssertPassed(run, atLeast: 2);
        }
        else
        {
            Assert.NotEqual(0, run.ExitCode);
            Assert.Contains(
                $"FASTADAM_ISA is '{requested}', which this CPU does not support.", run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Environment_variable_with_an_unknown_name_is_an_error()
    {
        (int exitCode, string output) = Command.Run(
            "dotnet",
            [TestRun.Assembly, "-class", "FastAdam.Tests.Api.CurrentInstructionSetTests"],
            ("FASTADAM_ISA", "avx1024"));
        Assert.NotEqual(0, exitCode);
        Assert.Contains("FASTADAM_ISA is 'avx1024', which is not one of scalar, neon, avx2, avx512.", output, StringComparison.Ordinal);
    }

    private static void RunWith(string supported, string current, (string Name, string? Value) environment) => TestRun.AssertPassed(
        Command.Run(
            "dotnet",
            [TestRun.Assembly, .. TestRun.OnlyKernels],
            environment,
            ("FASTADAM_TEST_SUPPORTED", supported),
            ("FASTADAM_TEST_CURRENT", current),
            ("FASTADAM_ISA", null)),
        atLeast: 400);
}
