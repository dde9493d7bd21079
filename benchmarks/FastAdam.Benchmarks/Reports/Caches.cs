using System.Globalization;
using System.Runtime.Intrinsics.X86;

namespace FastAdam.Benchmarks.Reports;

/// <summary>The sizes of this CPU's caches.</summary>
internal static class Caches
{
    private const string SystemFolder = "/sys/devices/system/cpu/cpu0/cache";

    /// <summary>Data caches, the nearest first: name and bytes. None where they cannot be found out.</summary>
    public static IReadOnlyList<(string Name, long Bytes)> All() =>
        Directory.Exists(SystemFolder) ? [.. FromSystem()]
        : !X86Base.IsSupported ? []
        : FromCpuId().ToArray() is { Length: > 0 } caches ? caches
        : [.. FromOldCpuId()];

    private static IEnumerable<(string Name, long Bytes)> FromCpuId()
    {
        const int IntelLeaf = 4;
        const int AmdLeaf = unchecked((int)0x8000_001d);
        const int MostCaches = 8;
        const int Instructions = 2;

        int leaf = IsAmd ? AmdLeaf : IntelLeaf;
        for (int index = 0; index < MostCaches; index++)
        {
            (int eax, int ebx, int ecx, _) = X86Base.CpuId(leaf, index);
            int type = eax & 0x1f;
            if (type == 0)
            {
                yield break;
            }

            if (type != Instructions)
            {
                long ways = ((ebx >> 22) & 0x3ff) + 1;
                long partitions = ((ebx >> 12) & 0x3ff) + 1;
                long line = (ebx & 0xfff) + 1;
                yield return ($"L{(eax >> 5) & 7}", ways * partitions * line * ((uint)ecx + 1L));
            }
        }
    }

    /// <summary>AMD's older description, which virtual machines often keep where they leave out the newer.</summary>
    private static IEnumerable<(string Name, long Bytes)> FromOldCpuId()
    {
        const int FirstLevel = unchecked((int)0x8000_0005);
        const int OtherLevels = unchecked((int)0x8000_0006);
        const int UnitOfThirdLevel = 512 << 10;
        if (!IsAmd)
        {
            return [];
        }

        uint first = (uint)X86Base.CpuId(FirstLevel, 0).Ecx;
        (_, _, int second, int third) = X86Base.CpuId(OtherLevels, 0);
        (string Name, long Bytes)[] caches =
        [
            ("L1", (first >> 24) << 10),
            ("L2", ((uint)second >> 16) << 10),
            ("L3", ((uint)third >> 18) * (long)UnitOfThirdLevel),
        ];
        return caches.Where(cache => cache.Bytes > 0);
    }

    /// <summary>"AuthenticAMD", of which the last four letters are in ecx.</summary>
    private static bool IsAmd => X86Base.CpuId(0, 0).Ecx == 0x444d_4163;

    private static IEnumerable<(string Name, long Bytes)> FromSystem() =>
        from folder in Directory.EnumerateDirectories(SystemFolder, "index*").Order()
        where Read(folder, "type") != "Instruction"
        where Read(folder, "size").EndsWith('K')
        select ($"L{Read(folder, "level")}", 1024 * long.Parse(Read(folder, "size")[..^1], CultureInfo.InvariantCulture));

    private static string Read(string folder, string file) => File.ReadAllText(Path.Join(folder, file)).Trim();
}
