using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Native.Tests;

/// <summary>Programs that were compiled with the last release work with the present library, unless that says by its number that they do
/// not.</summary>
public sealed class AbiTests
{
    private static readonly string _record = Path.Combine(Installation.Repository, "native-aot", "abi", "fastadam.txt");

    private const string Old =
        """
        FASTADAM_VERSION: 1.0.0
        FASTADAM_ABI_VERSION: 2
        constant FASTADAM_LION: 7
        field fastadam_group.lr: double, 8 bytes at 8
        field fastadam_group.rule: int32_t, 4 bytes at 0
        function fastadam_load: int32_t (void)
        struct fastadam_group: 16 bytes
        symbol fastadam_load: exported
        type fastadam_part: void (*)(void *, uint32_t)

        """;

    [Fact]
    public void Programs_of_the_last_release_work()
    {
        AbiDescription present = Present();
        if (Environment.GetEnvironmentVariable("FASTADAM_WRITE_ABI") == "1")
        {
            File.WriteAllText(_record, present.ToString());
        }

        AbiDescription record = AbiDescription.Parse(File.ReadAllText(_record));
        Assert.True(
            record.Facts.Count > 150 && present.AbiVersion >= record.AbiVersion,
            $"The record has {record.Facts.Count} facts and the ABI version {record.AbiVersion}, above {present.AbiVersion}.");
        Assert.True(
            present.Version == record.Version,
            $"Version {present.Version} has no record in native-aot/abi; native-aot/README.md says under Versions how it is written.");
        if (present.AbiVersion == record.AbiVersion)
        {
            string[] breaks = [.. record.Breaks(present)];
            Assert.True(
                breaks.Length == 0,
                $"Programs that were compiled with version {record.Version} no longer work: {string.Join("; ", breaks)}. Undo that, or raise "
                + $"FASTADAM_ABI_VERSION in fastadam.h above {record.AbiVersion}: the library's SONAME and Debian's package follow it.");
        }
    }

    [Theory]
    [InlineData("symbol fastadam_load: exported\n", "", "symbol fastadam_load was removed; it was 'exported'")]
    [InlineData("constant FASTADAM_LION: 7\n", "", "constant FASTADAM_LION was removed; it was '7'")]
    [InlineData("LION: 7", "LION: 8", "constant FASTADAM_LION was '7' and is '8'")]
    [InlineData("int32_t (void)", "int64_t (void)", "function fastadam_load was 'int32_t (void)' and is 'int64_t (void)'")]
    [InlineData("(void *, uint32_t)", "(void *)", "type fastadam_part was 'void (*)(void *, uint32_t)' and is 'void (*)(void *)'")]
    [InlineData("lr: double, 8 bytes at 8", "lr: float, 4 bytes at 8",
        "field fastadam_group.lr was 'double, 8 bytes at 8' and is 'float, 4 bytes at 8'")]
    [InlineData("lr: double, 8 bytes at 8", "lr: double, 8 bytes at 16",
        "field fastadam_group.lr was 'double, 8 bytes at 8' and is 'double, 8 bytes at 16'")]
    [InlineData("struct fastadam_group: 16", "struct fastadam_group: 12", "struct fastadam_group was '16 bytes' and is '12 bytes'")]
    [InlineData("function", "field fastadam_group.mode: int32_t, 4 bytes at 4\nfunction",
        "field fastadam_group.mode was added as 'int32_t, 4 bytes at 4', where the structure did not end: that had 16 bytes")]
    public void What_breaks_programs_is_named(string part, string changed, string message)
    {
        Assert.Contains(part, Old, StringComparison.Ordinal);
        AbiDescription present = AbiDescription.Parse(Old.Replace(part, changed, StringComparison.Ordinal));
        Assert.Equal([message], AbiDescription.Parse(Old).Breaks(present));
    }

    [Fact]
    public void What_is_added_breaks_nothing()
    {
        string grown = Old.Replace("struct fastadam_group: 16 bytes", "struct fastadam_group: 24 bytes", StringComparison.Ordinal)
            + "field fastadam_group.beta1: double, 8 bytes at 16\nconstant FASTADAM_NEW: 8\nsymbol fastadam_new: exported\n"
            + "function fastadam_new: void (void)\nstruct fastadam_new_struct: 8 bytes\nfield fastadam_new_struct.x: double, 8 bytes at 0\n";
        Assert.Empty(AbiDescription.Parse(Old).Breaks(AbiDescription.Parse(grown)));
    }

    [Fact]
    public void Measurement_sees_what_the_header_says()
    {
        AbiDescription present = Present();
        Assert.Equal(present.ToString(), AbiDescription.Parse(present.ToString()).ToString());

        // A header in which one thing of each kind is another, beside the same library.
        string folder = Directory.CreateTempSubdirectory("fastadam-abi-").FullName;
        try
        {
            string prefix = Installation.Native().Prefix;
            Directory.CreateSymbolicLink(Path.Combine(folder, "lib"), Path.Combine(prefix, "lib"));
            string header = File.ReadAllText(Path.Combine(prefix, "include", "fastadam.h"));
            foreach ((string part, string changed) in ((string, string)[])
                [
                    ("FASTADAM_BF16 = 2", "FASTADAM_BF16 = 3"),
                    ("int32_t fastadam_load(void)", "int32_t fastadam_load(int now)"),
                    ("uint32_t skipped;", "int64_t skipped;"),
                    ("(*fastadam_part)(void *work, uint32_t part)", "(*fastadam_part)(void *work, uint64_t part)"),
                ])
            {
                Assert.Contains(part, header, StringComparison.Ordinal);
                header = header.Replace(part, changed, StringComparison.Ordinal);
            }

            Directory.CreateDirectory(Path.Combine(folder, "include"));
            File.WriteAllText(Path.Combine(folder, "include", "fastadam.h"), header);
            string[] breaks = [.. present.Breaks(AbiDescription.Of(folder))];
            foreach (string name in (string[])
                ["constant FASTADAM_BF16 ", "function fastadam_load ", "field fastadam_report.skipped ", "field fastadam_report.grad_norm ", "type fastadam_part "])
            {
                Assert.Contains(breaks, each => each.StartsWith(name, StringComparison.Ordinal));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static AbiDescription Present()
    {
        Installation installation = Installation.Native();
        Assert.SkipUnless(Command.Exists("nm"), "nm is not installed (binutils).");
        return AbiDescription.Of(installation.Prefix);
    }
}
