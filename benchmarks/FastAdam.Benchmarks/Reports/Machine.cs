using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace FastAdam.Benchmarks.Reports;

/// <summary>What the results belong to.</summary>
internal static class Machine
{
    /// <summary>The CPU's own name, and on x86 its family and model, which tell generations apart that have one name.</summary>
    public static string Cpu => X86Base.IsSupported ? FromCpuId() : $"a CPU for {RuntimeInformation.ProcessArchitecture}";

    private static string FromCpuId()
    {
        const int Names = unchecked((int)0x8000_0002);
        int[] words = [.. Enumerable.Range(Names, 3).SelectMany(leaf => Words(X86Base.CpuId(leaf, 0)))];
        string name = Encoding.ASCII.GetString(MemoryMarshal.AsBytes(words.AsSpan())).TrimEnd('\0', ' ').Trim();
        int signature = X86Base.CpuId(1, 0).Eax;
        int family = (signature >> 8) & 0xf;
        int model = (signature >> 4) & 0xf;
        if (family is 6 or 15)
        {
            model |= (signature >> 12) & 0xf0;
        }

        family += family == 15 ? (signature >> 20) & 0xff : 0;
        return string.Create(CultureInfo.InvariantCulture, $"{name} (family {family}, model {model})");
    }

    private static int[] Words((int Eax, int Ebx, int Ecx, int Edx) registers) =>
        [registers.Eax, registers.Ebx, registers.Ecx, registers.Edx];
}
