using System.Text.RegularExpressions;
using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Release.Tests;

/// <summary>Debian's packages: installed by dpkg and removed again where the tests run as root; looked into elsewhere.</summary>
public sealed class DebTests
{
    [Theory]
    [InlineData("amd64", "x86_64-linux-gnu")]
    [InlineData("arm64", "aarch64-linux-gnu")]
    public void Their_fields_are_Debians(string architecture, string triplet)
    {
        Shell.Needs("dpkg-deb");
        (string library, string development) = Packages(architecture);
        string name = Path.GetFileName(library).Split('_')[0];
        string abi = name["libfastadam".Length..];
        Assert.Equal(
            [name, Release.Version, architecture, "same", "libs", $"libfastadam {abi} {name} (>= {Release.Version})", "activate-noawait ldconfig"],
            [
                .. ((string[])["Package", "Version", "Architecture", "Multi-Arch", "Section"]).Select(field => Field(library, field)),
                Control(library, "shlibs"), Control(library, "triggers"),
            ]);
        Assert.Equal(
            ["libfastadam-dev", Release.Version, architecture, "same", "libdevel", $"{name} (= {Release.Version})"],
            ((string[])["Package", "Version", "Architecture", "Multi-Arch", "Section", "Depends"]).Select(field => Field(development, field)));

        // What the page says of glibc is what the libraries ask for.
        string page = File.ReadAllText(Path.Combine(Release.Repository, "native-aot", "README.md"));
        Assert.Equal($"libc6 (>= {Regex.Match(page, @"glibc ([\d.]+\d)").Groups[1].Value})", Field(library, "Depends"));

        string contents = Shell.Run("/", "dpkg-deb -c \"$A\"; dpkg-deb -c \"$B\"", ("A", library), ("B", development));
        Assert.All(contents.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Contains(" root/root ", line, StringComparison.Ordinal));
        Assert.Contains($"./usr/lib/{triplet}/libfastadam.so.{abi} -> {name}/libfastadam.so.{Release.Version}\n", contents, StringComparison.Ordinal);
        Assert.Contains($"./usr/lib/{triplet}/libfastadam.so -> libfastadam.so.{abi}\n", contents, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_archive_gives_the_same_bytes()
    {
        Shell.Needs("dpkg-deb", "readelf");
        using var user = new WorkFolder();
        foreach ((string rid, string architecture) in ((string, string)[])[("linux-x64", "amd64"), ("linux-arm64", "arm64")])
        {
            Shell.Run(
                user.Path,
                "umask 077; \"$SCRIPT\" \"$ARCHIVE\" .",
                ("SCRIPT", Path.Combine(Release.Repository, "native-aot", "packaging", "make_deb.sh")),
                ("ARCHIVE", Release.Package($"fastadam-*-{rid}.tar.gz")));
            (string library, string development) = Packages(architecture);
            foreach (string package in (string[])[library, development])
            {
                string name = Path.GetFileName(package);
                Assert.True(File.ReadAllBytes(Path.Combine(user.Path, name)).AsSpan().SequenceEqual(File.ReadAllBytes(package)), $"{name}: the bytes differ");
            }
        }
    }

    /// <summary>Packages of both architectures at once, where the machine takes both. Needs no path then, neither to compile nor to run.</summary>
    [Fact]
    public void Installed_they_need_no_paths()
    {
        Shell.Needs("dpkg", "cc", "c++", "cmake", "pkg-config", "ldconfig");
        string[] names = [Path.GetFileName(Packages("amd64").Library).Split('_')[0], "libfastadam-dev"];
        Assert.SkipWhen(Command.Run("dpkg", ["-s", names[0]]).ExitCode == 0, $"{names[0]} is installed already, and is not this test's.");
        using var user = new WorkFolder();
        if (Environment.UserName != "root")
        {
            RunFromFolder(user.Path);
            return;
        }

        bool both = Shell.Run("/", "dpkg --print-foreign-architectures").Split('\n').Contains("arm64");
        string[] architectures = both ? ["amd64", "arm64"] : ["amd64"];
        string[] packages = [.. architectures.SelectMany(each => (string[])[Packages(each).Library, Packages(each).Development])];
        string[] installed = [.. architectures.SelectMany(each => names.Select(name => $"{name}:{each}"))];
        try
        {
            // Images for containers leave documents out; the samples are among them.
            (int exitCode, string log) = Command.Run("dpkg", ["-i", "--path-include=/usr/share/doc/libfastadam-dev/*", .. packages]);
            Assert.True(exitCode == 0, log);
            Assert.Equal("", Shell.Run("/", $"dpkg -V {string.Join(' ', installed)}"));

            string output = Shell.Run(
                user.Path,
                """
                examples=/usr/share/doc/libfastadam-dev/examples
                test "$(pkg-config --cflags --libs fastadam | xargs)" = -lfastadam
                cc -std=c99 "$examples/c/digits.c" -o digits -lfastadam -lm
                gzip -dc "$examples/digits.csv.gz" | ./digits
                cmake -S "$examples/cmake" -B build >log
                cmake --build build >>log
                gzip -dc "$examples/digits.csv.gz" | build/digits_cpp
                """,
                // A search path by which CMake comes to Debian's /lib, a link.
                ("PATH", $"/bin:{Environment.GetEnvironmentVariable("PATH")}"), ("CMAKE_PREFIX_PATH", null), ("PKG_CONFIG_PATH", null));
            Assert.Equal(2, Regex.Count(output, "accuracy 0.[89]"));
            if (both && Command.Exists("aarch64-linux-gnu-gcc") && Command.Exists("qemu-aarch64-static"))
            {
                output = Shell.Run(
                    user.Path,
                    """
                    examples=/usr/share/doc/libfastadam-dev/examples
                    aarch64-linux-gnu-gcc -std=c99 "$examples/c/digits.c" -o digits-arm64 -lfastadam -lm
                    gzip -dc "$examples/digits.csv.gz" | timeout 300 qemu-aarch64-static digits-arm64
                    """);
                Assert.Matches(@"accuracy 0\.[89]\d+, neon", output);
            }
        }
        finally
        {
            Command.Run("dpkg", ["-P", .. installed]);
        }

        Assert.Equal("", Shell.Run("/", "find /usr/include /usr/lib /usr/share -name '*fastadam*'; ldconfig -p | grep fastadam || :"));
    }

    /// <summary>As an installation, but below a folder: all that somebody can do who may not install.</summary>
    private static void RunFromFolder(string folder)
    {
        (string library, string development) = Packages("amd64");
        string output = Shell.Run(
            folder,
            """
            dpkg-deb -x "$LIBRARY" root
            dpkg-deb -x "$DEVELOPMENT" root
            usr=$PWD/root/usr
            examples=$usr/share/doc/libfastadam-dev/examples
            cc -std=c99 "$examples/c/digits.c" -o digits "-I$usr/include" "-L$usr/lib/x86_64-linux-gnu" -lfastadam -lm "-Wl,-rpath,$usr/lib/x86_64-linux-gnu"
            gzip -dc "$examples/digits.csv.gz" | ./digits
            cmake -S "$examples/cmake" -B build "-DCMAKE_PREFIX_PATH=$usr" >log
            cmake --build build >>log
            gzip -dc "$examples/digits.csv.gz" | build/digits_cpp
            """,
            ("LIBRARY", library), ("DEVELOPMENT", development));
        Assert.Equal(2, Regex.Count(output, "accuracy 0.[89]"));
    }

    private static (string Library, string Development) Packages(string architecture) =>
        (Release.Package($"libfastadam?_*_{architecture}.deb"), Release.Package($"libfastadam-dev_*_{architecture}.deb"));

    private static string Field(string package, string field) => Shell.Run("/", "dpkg-deb -f \"$PACKAGE\" \"$FIELD\"", ("PACKAGE", package), ("FIELD", field)).Trim();

    private static string Control(string package, string file) => Shell.Run("/", "dpkg-deb -I \"$PACKAGE\" \"$FILE\"", ("PACKAGE", package), ("FILE", file)).Trim();
}
