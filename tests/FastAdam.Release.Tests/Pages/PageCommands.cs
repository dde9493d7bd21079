using System.Text.RegularExpressions;

namespace FastAdam.Release.Tests.Pages;

/// <summary>How the commands of pages are run: as they stand, but for those that take minutes.</summary>
internal static partial class PageCommands
{
    private static readonly string _ci =
        File.ReadAllText(Path.Combine(Release.Repository, ".ci", "run")).Replace(" --no-build", "", StringComparison.Ordinal);

    /// <summary>Lines that take minutes, and what is run in their place.</summary>
    private static readonly Dictionary<string, string> _shorter = new()
    {
        // The archive is what build.sh leaves: release.sh has called it.
        ["native-aot/build.sh --prefix \"$HOME/fastadam\""] = Unpack("$HOME/fastadam"),
        ["native-aot/build.sh"] = Unpack("native-aot/dist/linux-x64"),

        // Has run before all tests.
        ["native-aot/release.sh --out packages"] = "native-aot/release.sh --help",

        // The solution's tests have built all of it.
        ["dotnet build -c Release"] = "dotnet build -c Release src/FastAdam",
        ["dotnet test -c Release --project tests/FastAdam.Tests -- --filter-class \"*AdamTests\""] =
            "cd \"$REPOSITORY\" && dotnet test -c Release --project tests/FastAdam.Tests -- --filter-class \"*AdamTests\"",

        ["dotnet run -c Release --project benchmarks/FastAdam.Benchmarks -- compare --quick"] =
            "dotnet run -c Release --project benchmarks/FastAdam.Benchmarks -- compare --sizes 1K --rounds 1 --cases single --quick",
        ["dotnet run -c Release --project benchmarks/FastAdam.Benchmarks -- compare --cases formats"] =
            "dotnet run -c Release --project benchmarks/FastAdam.Benchmarks -- compare --cases formats --quick --rounds 1",
        ["dotnet run -c Release --project benchmarks/FastAdam.Benchmarks -- suites --filter '*<Single, Single>*'"] =
            "dotnet run -c Release --project benchmarks/FastAdam.Benchmarks -- suites --filter '*<Single, Single>*' --list flat",
        ["python benchmarks/FastAdam.PyTorch/train.py"] = "python benchmarks/FastAdam.PyTorch/train.py --quick",
    };

    /// <summary>Whether commands name files of a clone.</summary>
    public static bool NeedClone(string commands) => CloneWord().IsMatch(commands);

    /// <summary>The commands, without those that .ci/run runs itself.</summary>
    public static string Shortened(string commands) => string.Join('\n', commands.TrimEnd().Split('\n').Select(line =>
        _shorter.TryGetValue(line, out string? instead) ? instead
        : IsRunByCi(line) ? ":"
        : line));

    /// <summary>Whether .ci/run has the command, with nothing behind it or with options that make it shorter.</summary>
    private static bool IsRunByCi(string line) =>
        NeedClone(line) && Regex.IsMatch(_ci, $@"(^|\s){Regex.Escape(line)}(\s|$)", RegexOptions.Multiline);

    private static string Unpack(string to) =>
        $"mkdir -p \"{to}\" && tar xf \"$PACKAGES\"/fastadam-*-linux-x64.tar.gz --strip-components 1 -C \"{to}\"";

    [GeneratedRegex(@"(^|[\s/=""])(native-aot|benchmarks|tests|src|\.ci)/|\bdotnet (test|build|format)\b", RegexOptions.Multiline)]
    private static partial Regex CloneWord();
}
