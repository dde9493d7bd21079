using System.Buffers.Binary;
using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using System.Text;
using System.Xml.Linq;
using Xunit;

namespace FastAdam.Release.Tests;

/// <summary>What is in the NuGet package.</summary>
public sealed class NuGetContentTests
{
    [Fact]
    public void Package_has_these_files_and_no_other()
    {
        using ZipArchive package = ZipFile.OpenRead(Release.Package("*.nupkg"));
        string[] container = ["_rels/.rels", "[Content_Types].xml"];
        Assert.Equal(
            [
                "CHANGELOG.md", "FastAdam.nuspec", "LICENSE", "README.md", "buildTransitive/net10.0/FastAdam.targets", "icon.png",
                "lib/net10.0/FastAdam.dll", "lib/net10.0/FastAdam.xml",
            ],
            package.Entries.Select(entry => entry.FullName)
                .Where(name => !container.Contains(name) && !name.StartsWith("package/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nuspec_says_what_the_package_is()
    {
        XElement metadata = ReadXml("FastAdam.nuspec").Elements().Single();
        Assert.Equal(
            ("FastAdam", Release.Version, "README.md", "icon.png"),
            (Value("id"), Value("version"), Value("readme"), Value("icon")));
        Assert.Equal(("expression", "MIT"), ((string?)Child("license")?.Attribute("type"), Value("license")));
        Assert.Contains("CHANGELOG.md", Value("releaseNotes"), StringComparison.Ordinal);

        XElement group = Assert.Single(Child("dependencies")!.Elements());
        Assert.Equal("net10.0", (string?)group.Attribute("targetFramework"));
        Assert.Empty(group.Elements());

        // Every rule and every kind of kernel is in the description and among the tags, however it is hyphenated.
        string description = Plain(Value("description"));
        string tags = Plain(Value("tags"));
        using var library = new PackedLibrary();
        IEnumerable<string> names = library.Names("OptimizerRule").Concat(library.Names("InstructionSet").Except(["Scalar"]));
        Assert.All(names, name => Assert.Contains(Plain(name), description, StringComparison.Ordinal));
        Assert.All(names, name => Assert.Contains(Plain(name), tags, StringComparison.Ordinal));

        XElement? Child(string name) => metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name);

        string Value(string name) => Child(name)?.Value ?? $"the nuspec has no {name}";

        static string Plain(string text) => text.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
    }

    [Fact]
    public void Icon_is_a_png_of_128_by_128()
    {
        byte[] icon = ReadBytes("icon.png");
        Assert.Equal<byte>([0x89, .. "PNG\r\n\x1a\n"u8], icon[..8]);
        Assert.Equal(
            (128, 128),
            (BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(icon.AsSpan(20))));
        Assert.True(icon.Length < 10_000, $"the icon has {icon.Length} bytes");
    }

    [Fact]
    public void Readme_is_the_page_and_shows_no_picture_that_is_not_there()
    {
        string readme = Encoding.UTF8.GetString(ReadBytes("README.md"));
        Assert.Equal(File.ReadAllText(Path.Combine(Release.Repository, "src", "FastAdam", "README.md")), readme);
        Assert.DoesNotContain("<img", readme, StringComparison.Ordinal);
        Assert.DoesNotContain("![", readme, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_public_is_documented_in_the_package()
    {
        IEnumerable<string> ids =
            ReadXml("lib/net10.0/FastAdam.xml").Descendants("member").Select(member => (string)member.Attribute("name")!);
        HashSet<string> documented = [.. ids.Select(WithoutArguments)];
        using var library = new PackedLibrary();
        string[] names =
            [.. library.Types.SelectMany(type => type.GetMembers().Where(IsWritten).Select(Name).Prepend($"T:{Name(type)}"))];
        Assert.True(names.Length > 200, $"only {names.Length} public names were found");
        string[] missing = [.. names.Where(name => !documented.Contains(name)).Distinct()];
        Assert.True(missing.Length == 0, $"not documented in FastAdam.xml:\n{string.Join('\n', missing)}");

        // Constructors and operators have names of their own in such files.
        static bool IsWritten(MemberInfo member) =>
            member.DeclaringType == member.ReflectedType
            && member is MethodInfo { IsSpecialName: false } or PropertyInfo or FieldInfo { IsSpecialName: false } or EventInfo
            && !member.IsDefined(typeof(CompilerGeneratedAttribute));

        static string Name(MemberInfo member) => member switch
        {
            Type type => type.FullName!.Replace('+', '.'),
            MethodInfo => $"M:{Name(member.DeclaringType!)}.{member.Name}",
            PropertyInfo => $"P:{Name(member.DeclaringType!)}.{member.Name}",
            FieldInfo => $"F:{Name(member.DeclaringType!)}.{member.Name}",
            _ => $"E:{Name(member.DeclaringType!)}.{member.Name}",
        };

        // M:N.Type`1.Method``1(System.Int32) is N.Type`1.Method here.
        static string WithoutArguments(string id) => id.Split('(')[0].Split("``")[0];
    }

    [Fact]
    public void Symbols_belong_to_the_library_and_name_no_path_of_a_machine()
    {
        using var symbols =
            MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(ReadBytes("lib/net10.0/FastAdam.pdb", "*.snupkg")));
        MetadataReader pdb = symbols.GetMetadataReader();
        Assert.All(pdb.Documents, handle =>
            Assert.StartsWith("/_/", pdb.GetString(pdb.GetDocument(handle).Name), StringComparison.Ordinal));

        using var library = new PEReader(new MemoryStream(ReadBytes("lib/net10.0/FastAdam.dll")));
        DebugDirectoryEntry[] entries = [.. library.ReadDebugDirectory()];
        Assert.Contains(entries, entry => entry.Type == DebugDirectoryEntryType.Reproducible);
        DebugDirectoryEntry named = entries.Single(entry => entry.Type == DebugDirectoryEntryType.CodeView);
        Assert.Equal(new BlobContentId(pdb.DebugMetadataHeader!.Id).Guid, library.ReadCodeViewDebugDirectoryData(named).Guid);
    }

    private static byte[] ReadBytes(string name, string packages = "*.nupkg")
    {
        using ZipArchive package = ZipFile.OpenRead(Release.Package(packages));
        ZipArchiveEntry? entry = package.GetEntry(name);
        Assert.True(entry is not null, $"{packages} has no {name}");
        using Stream stream = entry.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static XElement ReadXml(string name) => XElement.Load(new MemoryStream(ReadBytes(name)));

    /// <summary>The library in the package.</summary>
    private sealed class PackedLibrary : IDisposable
    {
        private readonly AssemblyLoadContext _context = new("FastAdam of the package", isCollectible: true);

        public PackedLibrary()
        {
            Assembly library = _context.LoadFromStream(new MemoryStream(ReadBytes("lib/net10.0/FastAdam.dll")));

            // The compiler makes types for extension blocks, which nobody can name.
            Types = [.. library.GetExportedTypes().Where(type => !type.FullName!.Contains('<', StringComparison.Ordinal))];
        }

        public Type[] Types { get; }

        public string[] Names(string enumeration) => Enum.GetNames(Types.Single(type => type.Name == enumeration));

        public void Dispose() => _context.Unload();
    }
}
