using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Xunit;

namespace FastAdam.Release.Tests;

/// <summary>The archives for C and C++, as somebody without a clone has them.</summary>
public sealed class ArchiveTests
{
    private const string Trained = @"accuracy 0\.[89]\d+, \w+";

    [Fact]
    public void Checksums_are_those_of_all_packages()
    {
        string folder = Release.Packages();
        Shell.Run(folder, "sha256sum --strict --quiet -c SHA256SUMS");
        string[] listed = [.. File.ReadAllLines(Path.Combine(folder, "SHA256SUMS")).Select(line => line.Split("  ")[1])];
        Assert.Equal(
            Directory.GetFiles(folder).Select(Path.GetFileName).Where(name => name != "SHA256SUMS").Order(StringComparer.Ordinal),
            listed.Order(StringComparer.Ordinal));
        foreach (string kind in (string[])[".nupkg", ".snupkg", ".whl", ".tar.gz", ".deb"])
        {
            Assert.Contains(listed, name => name.EndsWith(kind, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("linux-x64", new[] { "avx2", "avx512", "baseline" })]
    [InlineData("linux-arm64", new[] { "neon" })]
    public void It_is_one_folder_with_what_is_needed(string rid, string[] levels)
    {
        string top = $"fastadam-{Release.Version}-{rid}/";
        var links = new Dictionary<string, string>();
        var files = new Dictionary<string, byte[]>();
        var names = new List<string>();
        using (var reader = new TarReader(new GZipStream(File.OpenRead(Archive(rid)), CompressionMode.Decompress)))
        {
            while (reader.GetNextEntry(copyData: true) is { } entry)
            {
                Assert.StartsWith(top, entry.Name + '/', StringComparison.Ordinal);
                Assert.Equal((0, 0), (entry.Uid, entry.Gid));
                names.Add(entry.Name);
                string name = entry.Name.TrimEnd('/')[Math.Min(top.Length, entry.Name.TrimEnd('/').Length)..];
                if (entry.EntryType == TarEntryType.SymbolicLink)
                {
                    links.Add(name, entry.LinkName);
                }
                else if (entry.EntryType == TarEntryType.RegularFile)
                {
                    var data = new MemoryStream();
                    entry.DataStream?.CopyTo(data);
                    files.Add(name, data.ToArray());
                }
            }
        }

        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        string face = $"lib/libfastadam.so.{Release.Version}";
        string abi = links["lib/libfastadam.so"];
        Assert.Matches(@"^libfastadam\.so\.\d+$", abi);
        Assert.Equal(Path.GetFileName(face), links[$"lib/{abi}"]);
        string[] needed =
        [
            "CMakeLists.txt", "include/fastadam.h", "include/fastadam.hpp", face, .. levels.Select(level => $"lib/libfastadam-{level}.so"),
            "lib/pkgconfig/fastadam.pc", "lib/cmake/FastAdam/FastAdamConfig.cmake", "lib/cmake/FastAdam/FastAdamConfigVersion.cmake",
            "share/fastadam/lsan.supp", "share/fastadam/tsan.supp", "share/doc/fastadam/LICENSE", "share/doc/fastadam/CHANGELOG.md",
            "share/doc/fastadam/README.md", "share/doc/fastadam/dotnet/LICENSE.TXT", "share/doc/fastadam/dotnet/THIRD-PARTY-NOTICES.TXT",
            "share/doc/fastadam/samples/c/digits.c", "share/doc/fastadam/samples/cpp/digits.cpp",
            "share/doc/fastadam/samples/cmake/CMakeLists.txt", "share/doc/fastadam/samples/digits.csv.gz",
        ];
        Assert.Equal(needed.Order(StringComparer.Ordinal), files.Keys.Order(StringComparer.Ordinal));

        // No file, and no library's bytes, know where they were made.
        foreach ((string name, byte[] data) in files)
        {
            string text = Encoding.Latin1.GetString(data);
            Assert.False(text.Contains(Release.Repository, StringComparison.Ordinal), $"{name} names {Release.Repository}");
            Assert.False(
                name.StartsWith("lib/", StringComparison.Ordinal) && text.Contains("/tmp/", StringComparison.Ordinal), $"{name} names /tmp/");
        }
    }

    [Theory]
    [InlineData("linux-x64")]
    [InlineData("linux-arm64")]
    public void Libraries_have_no_path_to_search(string rid)
    {
        Shell.Needs("readelf");
        using var user = new WorkFolder();
        Unpack(rid, user.Path);
        string dynamic = Shell.Run(user.Path, "for library in */lib/libfastadam*.so; do readelf -dW \"$library\"; done");
        Assert.Contains("(SONAME)", dynamic, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\((RPATH|RUNPATH)\)", dynamic);
    }

    [Fact]
    public void The_same_build_gives_the_same_bytes()
    {
        Shell.Needs("python3");
        foreach (string rid in (string[])["linux-x64", "linux-arm64"])
        {
            using var user = new WorkFolder();
            string unpacked = Unpack(rid, user.Path);
            string date = Shell.Run(unpacked, "stat -c %Y include/fastadam.h").Trim();
            string script = Path.Combine(Release.Repository, "native-aot", "packaging", "make_archive.py");
            Shell.Run(
                user.Path,
                "umask 077; python3 \"$SCRIPT\" --dist \"$UNPACKED\" --rid \"$RID\" --out again",
                ("SCRIPT", script), ("UNPACKED", unpacked), ("RID", rid), ("SOURCE_DATE_EPOCH", date));
            string again = Path.Combine(user.Path, "again", Path.GetFileName(Archive(rid)));
            Assert.True(File.ReadAllBytes(again).AsSpan().SequenceEqual(File.ReadAllBytes(Archive(rid))), $"{rid}: the bytes differ");
        }
    }

    /// <summary>After the folder was moved, to where a space is in the path.</summary>
    [Fact]
    public void Moved_it_serves_pkg_config_and_CMake()
    {
        Shell.Needs("cc", "cmake", "pkg-config");
        using var user = new WorkFolder();
        string moved = Path.Combine(user.Path, "a folder", "with a name");
        Directory.CreateDirectory(Path.GetDirectoryName(moved)!);
        Directory.Move(Unpack("linux-x64", user.Path), moved);
        string trained = Shell.Run(
            user.Path,
            """
            samples="$MOVED/share/doc/fastadam/samples"
            pkg-config --exact-version="$VERSION" fastadam
            eval cc -std=c99 '"$samples/c/digits.c"' -o digits "$(pkg-config --cflags --libs fastadam)" -lm '"-Wl,-rpath,$MOVED/lib"'
            gzip -dc "$samples/digits.csv.gz" | ./digits
            """,
            ("MOVED", moved), ("VERSION", Release.Version), ("PKG_CONFIG_PATH", Path.Combine(moved, "lib", "pkgconfig")));
        Assert.Matches(Trained, trained);

        // The same by find_package, and then by FetchContent with a folder, in a project that is C alone.
        string[] ways =
        [
            $"find_package(FastAdam {string.Join('.', Release.Version.Split('.')[..2])} REQUIRED)",
            "include(FetchContent)\nFetchContent_Declare(fastadam SOURCE_DIR \"${MOVED}\")\nFetchContent_MakeAvailable(fastadam)",
        ];
        foreach (string way in ways)
        {
            user.Write(
                "project/CMakeLists.txt",
                $$"""
                cmake_minimum_required(VERSION 3.16)
                project(train C)
                {{way}}
                add_executable(train "${MOVED}/share/doc/fastadam/samples/c/digits.c")
                target_link_libraries(train PRIVATE FastAdam::FastAdam m)
                """);
            trained = Shell.Run(
                user.Path,
                """
                rm -rf build
                cmake -S project -B build "-DMOVED=$MOVED" "-DCMAKE_PREFIX_PATH=$MOVED" >log
                cmake --build build >>log
                gzip -dc "$MOVED/share/doc/fastadam/samples/digits.csv.gz" | build/train
                """,
                ("MOVED", moved));
            Assert.Matches(Trained, trained);
        }
    }

    [Fact]
    public void An_older_version_does_not_serve_who_asks_for_a_newer()
    {
        Shell.Needs("cmake");
        using var user = new WorkFolder();
        string[] parts = Release.Version.Split('.');
        foreach (string version in (string[])[$"{parts[0]}.{int.Parse(parts[1]) + 1}", $"{int.Parse(parts[0]) + 1}.0"])
        {
            user.Write("find.cmake", $"find_package(FastAdam {version} QUIET)\nmessage(\"found '${{FastAdam_FOUND}}'\")");
            string found = Shell.Run(user.Path, "cmake \"-DCMAKE_PREFIX_PATH=$PREFIX\" -P find.cmake", ("PREFIX", Unpack("linux-x64", user.Path)));
            Assert.Equal("found '0'\n", found);
        }
    }

    [Fact]
    public void On_arm64_its_sample_trains()
    {
        Shell.Needs("aarch64-linux-gnu-gcc", "qemu-aarch64-static");
        Assert.SkipUnless(File.Exists("/lib/ld-linux-aarch64.so.1"), "arm64's libc6 is not installed.");
        using var user = new WorkFolder();
        string trained = Shell.Run(
            user.Path,
            """
            samples="$PREFIX/share/doc/fastadam/samples"
            aarch64-linux-gnu-gcc -std=c99 -O2 "$samples/c/digits.c" -o digits "-I$PREFIX/include" "-L$PREFIX/lib" -lfastadam -lm "-Wl,-rpath,$PREFIX/lib"
            gzip -dc "$samples/digits.csv.gz" | timeout 300 qemu-aarch64-static digits
            """,
            ("PREFIX", Unpack("linux-arm64", user.Path)));
        Assert.Matches(@"accuracy 0\.[89]\d+, neon", trained);
    }

    private static string Archive(string rid) => Release.Package($"fastadam-*-{rid}.tar.gz");

    /// <returns>The folder that was in it.</returns>
    private static string Unpack(string rid, string folder)
    {
        Shell.Run(folder, "tar -xzf \"$ARCHIVE\"", ("ARCHIVE", Archive(rid)));
        return Path.Combine(folder, $"fastadam-{Release.Version}-{rid}");
    }
}
