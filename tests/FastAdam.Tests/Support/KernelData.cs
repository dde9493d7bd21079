using FastAdam.Kernels;
using FastAdam.Rules;
using Xunit;

namespace FastAdam.Tests.Support;

/// <summary>The kernels of this machine as theory data: an instruction set, and the rule and the storage of p, g and the two kinds
/// of state as a word each.</summary>
public static class KernelData
{
    // What stands for all the mixtures of storage types that a rule other than Adam takes in tiles; the tests that look at every
    // one of them go over each once.
    private static readonly string[] _mixtures =
        ["BFloat16 BFloat16 Float32 Float32", "Float32 BFloat16 Float16 BFloat16", "Float16 Float32 BFloat16 Float16"];

    /// <summary>Every loop, and some mixtures of storage types for each rule.</summary>
    public static TheoryData<InstructionSet, string> All => Data(
        [.. Adam, .. KernelRegistry.Supported.Where(key => key.Rule != RuleKind.Adam && (key.IsUniform || IsListed(key)))]);

    /// <summary>All combinations of storage types for Adam.</summary>
    public static TheoryData<InstructionSet, string> AllOfAdam => Data([.. Adam]);

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

    private static IEnumerable<KernelKey> Adam => KernelRegistry.Supported.Where(key => key.Rule == RuleKind.Adam);

    internal static KernelKey Key(InstructionSet instructionSet, string kernel)
    {
        string[] words = kernel.Split(' ');
        ElementType[] types = [.. words[1..].Select(Enum.Parse<ElementType>)];
        return new KernelKey(instructionSet, Enum.Parse<RuleKind>(words[0]), types[0], types[1], types[2], types[3]);
    }

    private static bool IsListed(KernelKey key) => _mixtures.Any(mixture =>
    {
        KernelKey listed = Key(key.InstructionSet, $"{key.Rule} {mixture}");
        return Enumerable.Range(0, Streams.Count).All(array => !key.Has(array) || key.Type(array) == listed.Type(array));
    });

    private static TheoryData<InstructionSet, string> Data(KernelKey[] keys)
    {
        var data = new TheoryData<InstructionSet, string>();
        foreach (KernelKey key in keys)
        {
            data.Add(key.InstructionSet, $"{key.Rule} {key.Parameters} {key.Gradients} {key.First} {key.Second}");
        }

        return data;
    }
}
