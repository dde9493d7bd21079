using FastAdam.Kernels;
using FastAdam.Rules;
using Xunit;

namespace FastAdam.Tests.Support;

/// <summary>The kernels of this machine, listed in one place: and as theory data, an instruction set, and the rule and the storage of the
/// arrays that it keeps as a word each.</summary>
public static class KernelData
{
    private static readonly ElementType[] _types = [.. ElementTypes.Plain];

    // What stands for all the mixtures of storage types that a rule other than Adam takes in tiles; the tests that look at every
    // one of them go over each once. No two state arrays that a rule keeps are stored alike in all of them.
    private static readonly StorageTypes[] _mixtures =
    [
        new(
            ElementType.BFloat16, ElementType.BFloat16, ElementType.Float32,
            ElementType.Float32, ElementType.BFloat16, ElementType.Float16),
        new(
            ElementType.Float32, ElementType.BFloat16, ElementType.Float16,
            ElementType.BFloat16, ElementType.Float32, ElementType.Float16),
        new(
            ElementType.Float16, ElementType.Float32, ElementType.BFloat16,
            ElementType.Float16, ElementType.Float32, ElementType.BFloat16),
    ];

    /// <summary>Every loop, and some mixtures of storage types for each rule.</summary>
    public static TheoryData<InstructionSet, string> All =>
        Data(Supported.Where(key => key.Rule == RuleKind.Adam || key.IsUniform || IsListed(key)));

    /// <summary>All combinations of storage types for Adam.</summary>
    public static TheoryData<InstructionSet, string> AllOfAdam => Data(Supported.Where(key => key.Rule == RuleKind.Adam));

    public static TheoryData<InstructionSet> InstructionSets => [.. FastAdam.InstructionSets.Supported];

    /// <summary>Instruction sets and the names of the rules.</summary>
    public static TheoryData<InstructionSet, string> Rules
    {
        get
        {
            var data = new TheoryData<InstructionSet, string>();
            foreach (InstructionSet instructionSet in FastAdam.InstructionSets.Supported)
            {
                foreach (RuleKind rule in Enum.GetValues<RuleKind>())
                {
                    data.Add(instructionSet, $"{rule}");
                }
            }

            return data;
        }
    }

    /// <summary>Every kernel that this machine can run: its instruction sets, ways to compute, and storage types of the arrays that are
    /// kept.</summary>
    internal static IEnumerable<KernelKey> Supported =>
        from instructionSet in FastAdam.InstructionSets.Supported
        from rule in Enum.GetValues<RuleKind>()
        from key in Of(instructionSet, rule)
        select key;

    internal static IEnumerable<KernelKey> Of(InstructionSet instructionSet, RuleKind rule)
    {
        IEnumerable<StorageTypes> mixtures = [default];
        foreach (ArrayRole role in Enum.GetValues<ArrayRole>().Where(role => IsKept(rule, role)))
        {
            mixtures = [.. from mixture in mixtures from type in _types select mixture.With(role, type)];
        }

        return mixtures.Select(types => new KernelKey(instructionSet, rule, types));
    }

    internal static KernelKey Key(InstructionSet instructionSet, string kernel)
    {
        string[] words = kernel.Split(' ');
        RuleKind rule = Enum.Parse<RuleKind>(words[0]);
        StorageTypes types = default;
        foreach ((ArrayRole role, string word) in Enum.GetValues<ArrayRole>().Where(role => IsKept(rule, role)).Zip(words[1..]))
        {
            types = types.With(role, Enum.Parse<ElementType>(word));
        }

        return new KernelKey(instructionSet, rule, types);
    }

    private static bool IsKept(RuleKind rule, ArrayRole role) =>
        role <= ArrayRole.Gradients || RuleFacts.Of(rule).StateOf(role) is not null;

    private static bool IsListed(KernelKey key) =>
        _mixtures.Any(mixture => new KernelKey(key.InstructionSet, key.Rule, mixture) == key);

    private static TheoryData<InstructionSet, string> Data(IEnumerable<KernelKey> keys)
    {
        var data = new TheoryData<InstructionSet, string>();
        foreach (KernelKey key in keys)
        {
            // The key's own text begins with the instruction set.
            data.Add(key.InstructionSet, $"{key}"[($"{key.InstructionSet}".Length + 1)..]);
        }

        return data;
    }
}
