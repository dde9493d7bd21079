using System.Globalization;
using System.Text;
using FastAdam.Machines.Tests;
using Xunit;

namespace FastAdam.Release.Tests.Pages;

/// <summary>The C# programs of all pages, built once as one program against the package.</summary>
internal static class CSharpBlocks
{
    private static readonly Lazy<(string Program, IReadOnlyList<PageBlock> Blocks)> _built = new(Build);

    /// <summary>The command that runs a block.</summary>
    public static (string Program, string[] Arguments) CommandOf(PageBlock block)
    {
        (string program, IReadOnlyList<PageBlock> blocks) = _built.Value;
        int index = blocks.TakeWhile(each => !ReferenceEquals(each, block)).Count();
        return ("dotnet", [program, index.ToString(CultureInfo.InvariantCulture)]);
    }

    private static (string Program, IReadOnlyList<PageBlock> Blocks) Build()
    {
        PageBlock[] blocks = [.. Page.All.SelectMany(page => page.Blocks).Where(block => block is { Language: "csharp", FileName: null })];
        string folder = Directory.CreateTempSubdirectory("fastadam-blocks-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);

        void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);
        Write(
            "Blocks.csproj",
            $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
                <InvariantGlobalization>true</InvariantGlobalization>
                <RestorePackagesPath>packages</RestorePackagesPath>
                <RestoreSources>{Release.Packages()}</RestoreSources>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="FastAdam" Version="{Release.Version}" />
              </ItemGroup>
            </Project>
            """);
        var main = new StringBuilder("switch (args[0])\n{\n");
        for (int i = 0; i < blocks.Length; i++)
        {
            string[] lines = blocks[i].Text.Split('\n');
            string usings = string.Join('\n', lines.Where(IsUsing));
            string body = string.Join('\n', lines.Where(line => !IsUsing(line)));
            Write($"Block{i}.cs", $"namespace Block{i}\n{{\n{usings}\nstatic class Page\n{{\npublic static void Run()\n{{\n{body}\n}}\n}}\n}}\n");
            main.Append(CultureInfo.InvariantCulture, $"    case \"{i}\": Block{i}.Page.Run(); break;\n");
        }

        Write("Program.cs", main.Append("}\n").ToString());
        (int exitCode, string output) = Command.Run("dotnet", ["build", folder, "-c", "Release", "-o", Path.Combine(folder, "out"), "-nologo"]);
        Assert.True(exitCode == 0, $"The C# blocks of the pages do not compile (Block0.cs is the first one):\n{output}");
        return (Path.Combine(folder, "out", "Blocks.dll"), blocks);
    }

    private static bool IsUsing(string line) =>
        line.StartsWith("using ", StringComparison.Ordinal) && line.EndsWith(';') && !line.Contains('=', StringComparison.Ordinal);
}
