using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Kernels;

/// <summary>Every loop over arrays that are not of single elements, once.</summary>
public sealed unsafe class PartedLoopTests
{
    private static readonly ElementType[] _all = Enum.GetValues<ElementType>();
    private static readonly bool[] _switch = [false, true];

    public static TheoryData<InstructionSet> InstructionSetsHere => KernelData.InstructionSets;

    [Theory]
    [MemberData(nameof(InstructionSetsHere))]
    public void Every_loop_gives_what_the_contract_gives(InstructionSet instructionSet)
    {
        var random = new Random(Seeds.Base);
        foreach ((KernelKey key, bool changesGradients) in LoopsOf(instructionSet))
        {
            var actual = FormatArrays.Create(key, 300, random);
            FormatArrays expected = actual.Copy();
            var facts = RuleFacts.Of(key.Rule);
            ParameterGroup group = facts.Group with { GradientScale = changesGradients ? 8 : 1 };
            double[] numbers = [.. facts.ExampleNumbers(), 0];
            expected.Step(group, 9, [.. numbers], 5, 1, 0);
            fixed (double* kept = numbers)
            {
                Optimizer.Step(
                    instructionSet, [actual.Tensor(0, 300, 0) with { Numbers = kept }], [group], 9, new StepOptions { Seed = 5 });
            }

            string? difference = actual.DifferenceFrom(expected);
            Assert.True(difference is null, $"{key}, changed gradients: {changesGradients}: {difference} {Seeds.Replay}");
            Assert.True(KernelTable.HasRun(key, changesGradients), $"{key}, changed gradients: {changesGradients}: its loop has not run");
        }
    }

    [Fact]
    public void Sizes_of_the_storage_types_and_of_what_is_beside_them()
    {
        Assert.All(_all, type => Assert.Equal(SizeOf(type), ElementTypes.Size(type)));
        Assert.Equal(12u, ElementTypes.PartBytes(ElementType.Block8, 257));
        Assert.Equal(8u, ElementTypes.PartBytes(ElementType.Block8, 256));
        Assert.Equal(0u, ElementTypes.PartBytes(ElementType.Block8, 0));
    }

    /// <summary>All loops of an instruction set, for gradients as they are and for changed ones.</summary>
    internal static IEnumerable<(KernelKey Key, bool ChangesGradients)> LoopsOf(InstructionSet instructionSet) =>
        from rule in Enum.GetValues<RuleKind>()
        from types in Mixtures()
        let key = new KernelKey(instructionSet, rule, types)
        where !key.Types.ArePlain && key.Types == types && Roles(key).All(role => ElementTypes.Suits(types[role], role))
        from changesGradients in _switch
        where !LoopSearch.IsTiled(key, changesGradients)
        select (key, changesGradients);

    private static IEnumerable<ArrayRole> Roles(KernelKey key) => Enum.GetValues<ArrayRole>().Where(key.Has);

    private static IEnumerable<StorageTypes> Mixtures() =>
        from p in _all
        from g in ElementTypes.Plain.ToArray()
        from m in _all
        from v in _all
        select new StorageTypes(p, g, m, v);

    private static int SizeOf(ElementType type) => type switch
    {
        ElementType.Block8 => 1,
        ElementType.Float32 or ElementType.Float32WithBFloat16 or ElementType.Float32WithFloat16 => 4,
        _ => 2,
    };
}
