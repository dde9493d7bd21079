using Xunit;

namespace FastAdam.Tests.Architecture;

/// <summary>
/// Which folder may know which: the public API all; Steps, Checks, Passes, Kernels, { Rules, Codecs }, Isa each only those behind it, but
/// codecs, which only kernels know; State, which only the API knows, Kernels, Rules, Memory and Checkpoints; Memory, which Steps, Passes, State and
/// Checkpoints know, nobody. Checkpoints know nothing of steps.
/// </summary>
public sealed class LayerTests
{
    private static readonly Dictionary<string, string[]> _mayReference = new()
    {
        [""] = ["", "State", "Steps", "Checks", "Passes", "Kernels", "Rules", "Memory", "Checkpoints"],
        ["State"] = ["State", "Kernels", "Rules", "Memory", "Checkpoints"],
        ["Steps"] = ["Steps", "Checks", "Passes", "Kernels", "Rules", "Memory"],
        ["Checks"] = ["Checks", "Passes", "Kernels", "Rules"],
        ["Passes"] = ["Passes", "Kernels", "Rules", "Memory"],
        ["Kernels"] = ["Kernels", "Rules", "Codecs", "Isa"],
        ["Rules"] = ["Rules", "Isa"],
        ["Codecs"] = ["Codecs", "Isa"],
        ["Isa"] = ["Isa"],
        ["Memory"] = ["Memory"],
        ["Checkpoints"] = ["Checkpoints", "Memory"],
    };

    /// <summary>Part of the public API, and words for data that layers behind it use.</summary>
    private static readonly Dictionary<string, string[]> _vocabulary = new()
    {
        ["State"] = ["StateStorage", "TensorArray", "BFloat16"],
        ["Steps"] = Data,
        ["Checks"] = Data,
        ["Passes"] = ["InstructionSet"],
        ["Kernels"] = ["InstructionSet", "BFloat16"],
        ["Checkpoints"] = ["SafeTensor", "SafeTensorType"],
    };

    private static string[] Data =>
    [
        "InstructionSet", "BFloat16", "OptimizerRule", "ParameterGroup", "StepOptions", "StepReport", "NonFiniteGradients", "Subnormals",
        "OptimizerTensor", "SparseTable", "TensorArray",
    ];

    /// <summary>Enumerations whose members are named as the types that they stand for.</summary>
    private static readonly string[] _namesOfTypes = ["Kernels/ElementType.cs", "Rules/RuleTable.g.cs"];

    [Fact]
    public void Every_file_lies_in_a_known_layer()
    {
        Assert.True(SourceTree.Files.Count > 20, $"only {SourceTree.Files.Count} sources were found");
        Assert.All(SourceTree.Files, file => Assert.Contains(file.Layer, _mayReference.Keys));
    }

    [Fact]
    public void Namespaces_are_folders()
    {
        Assert.All(SourceTree.Files, file =>
        {
            string expected = file.Layer.Length == 0 ? "namespace FastAdam;" : $"namespace FastAdam.{file.Layer};";
            Assert.Contains(expected, file.Code, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Dependencies_point_one_way()
    {
        ILookup<string, string> types = SourceTree.Files
            .SelectMany(file => file.DeclaredTypes.Select(type => (file.Layer, Type: type)))
            .ToLookup(declaration => declaration.Layer, declaration => declaration.Type);
        List<string> violations = [];
        foreach (SourceTree.SourceFile file in SourceTree.Files.Where(file => !_namesOfTypes.Contains(file.Path)))
        {
            foreach (string layer in _mayReference.Keys.Except(_mayReference[file.Layer]))
            {
                // A file's own types may share a name with another layer's member.
                IEnumerable<string> foreign = types[layer]
                    .Except(_mayReference[file.Layer].SelectMany(known => types[known]))
                    .Except(layer.Length == 0 ? _vocabulary.GetValueOrDefault(file.Layer, []) : []);
                violations.AddRange(foreign.Where(file.Mentions).Select(type => $"{file.Path} mentions {layer}/{type}"));
                if (layer.Length > 0 && file.Code.Contains($"using FastAdam.{layer};", StringComparison.Ordinal))
                {
                    violations.Add($"{file.Path} uses FastAdam.{layer}");
                }
            }
        }

        Assert.True(violations.Count == 0, string.Join("\n", violations));
    }

    [Fact]
    public void What_lies_in_the_root_is_what_a_user_can_name() => Assert.All(
        SourceTree.Files.Where(file => file.Layer.Length == 0),
        file => Assert.True(file.DeclaresPublicType, $"{file.Path} declares no public type"));

    [Fact]
    public void Raw_intrinsics_stay_in_the_isa_layer()
    {
        IEnumerable<string> users = SourceTree.Files
            .Where(file => file.Layer != "Isa" && file.Code.Contains("System.Runtime.Intrinsics", StringComparison.Ordinal))
            .Select(file => file.Path);
        Assert.Empty(users);
    }

    [Fact]
    public void Each_instruction_set_stands_in_one_file()
    {
        // The scalar file only asks whether the CPU has a fused multiply-add.
        Assert.Equal(["Isa/Avx512Vector.cs"], FilesThatMention("Avx512F"));
        Assert.Equal(["Isa/Avx2Vector.cs"], FilesThatMention("Avx2"));
        Assert.Equal(["Isa/NeonVector.cs", "Isa/ScalarVector.cs"], FilesThatMention("AdvSimd"));
    }

    [Fact]
    public void The_core_package_has_no_dependency()
    {
        string[] referenced = [.. typeof(Adam).Assembly.GetReferencedAssemblies().Select(name => name.Name!)];
        Assert.All(referenced, name => Assert.StartsWith("System.", name, StringComparison.Ordinal));
    }

    private static IEnumerable<string> FilesThatMention(string identifier) => SourceTree.Files
        .Where(file => file.Code.Contains($"{identifier}.", StringComparison.Ordinal)
            && !file.Code.Contains($"InstructionSet.{identifier}", StringComparison.Ordinal))
        .Select(file => file.Path)
        .Order(StringComparer.Ordinal);
}
