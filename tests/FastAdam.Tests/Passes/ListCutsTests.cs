using FastAdam.Kernels;
using FastAdam.Passes;
using FastAdam.Rules;
using FastAdam.Tests.Support;
using Xunit;

namespace FastAdam.Tests.Passes;

/// <summary>Cuts of a list: every element in one chunk, and no cache line with two writers where that is possible.</summary>
public sealed unsafe class ListCutsTests
{
    private static readonly ElementType[] _types = [.. ElementTypes.Plain];

    [Fact]
    public void Chunks_cover_every_element_once()
    {
        var random = new Random(Seeds.Base);
        for (int round = 0; round < 500; round++)
        {
            TensorWork[] tensors = [.. Enumerable.Range(0, random.Next(1, 12)).Select(
                _ => Random(random, random.Next(3) * random.Next(2000), () => random.Next(64)))];
            ulong[] ends = Ends(tensors);
            ulong chunk = (ulong)random.Next(1, 6000);
            List<ListPosition> cuts = Cuts(tensors, ends, chunk);
            Assert.Equal(new ListPosition(0, 0), cuts[0] with { Tensor = ends[0] == 0 ? 0 : cuts[0].Tensor });
            Assert.Equal(new ListPosition((nuint)tensors.Length, 0), cuts[^1]);
            Assert.All(cuts.Zip(cuts.Skip(1)), pair => Assert.True(
                pair.First.Tensor < pair.Second.Tensor
                || (pair.First.Tensor == pair.Second.Tensor && pair.First.Element <= pair.Second.Element),
                $"round {round}: {pair.First} before {pair.Second} {Seeds.Replay}"));
            Assert.All(cuts[..^1], cut => Assert.True(cut.Element < nuint.Max(1, tensors[cut.Tensor].Arrays.Length), $"{cut}"));
        }
    }

    [Fact]
    public void No_cache_line_of_aligned_arrays_has_two_writers() => RequireLinesApart(_ => 0);

    [Fact]
    public void Nor_of_arrays_that_are_off_by_as_many_elements() => RequireLinesApart(random => random.Next(64));

    /// <summary>Tries lists whose arrays begin that many elements behind a cache line's start, all of a tensor as many.</summary>
    private static void RequireLinesApart(Func<Random, int> elements)
    {
        var random = new Random(Seeds.Base + 1);
        int cutsInside = 0;
        for (int round = 0; round < 300; round++)
        {
            int off = elements(random);
            TensorWork[] tensors = [.. Enumerable.Range(0, 4).Select(_ => Random(random, random.Next(5000), () => 0, off))];
            foreach (ListPosition cut in Cuts(tensors, Ends(tensors), (ulong)random.Next(1, 9000)).Where(cut => cut.Element != 0))
            {
                TensorWork tensor = tensors[cut.Tensor];
                foreach (ArrayRole role in (ArrayRole[])[ArrayRole.Parameters, ArrayRole.FirstState, ArrayRole.SecondState])
                {
                    RequireLineStart(tensor.Arrays[role], tensor.Key.Types[role], cut);
                }

                cutsInside++;
            }
        }

        Assert.InRange(cutsInside, 1000, int.MaxValue);
    }

    private static void RequireLineStart(byte* array, ElementType type, ListPosition cut)
    {
        nuint address = (nuint)array + (cut.Element * (nuint)Storage.Size(type));
        Assert.True(address % 64 == 0, $"{type} array from 0x{(nuint)array:x} is cut at {cut}, inside a cache line {Seeds.Replay}");
    }

    private static List<ListPosition> Cuts(TensorWork[] tensors, ulong[] ends, ulong chunk)
    {
        List<ListPosition> cuts = [];
        ulong position = 0;
        fixed (TensorWork* works = tensors)
        fixed (ulong* bytes = ends)
        {
            for (; position < ends[^1]; position += chunk)
            {
                cuts.Add(ListCuts.At(works, bytes, (nuint)tensors.Length, position));
            }

            cuts.Add(ListCuts.At(works, bytes, (nuint)tensors.Length, position));
        }

        return cuts;
    }

    private static ulong[] Ends(TensorWork[] tensors)
    {
        ulong end = 0;
        return [.. tensors.Select(tensor => end += tensor.Bytes)];
    }

    /// <summary>A tensor that is never touched: its arrays have random storage types and addresses.</summary>
    private static TensorWork Random(Random random, int length, Func<int> bytesOff, int elementsOff = 0)
    {
        ElementType[] types = random.GetItems(_types, 4);
        byte* Address(ElementType type) =>
            (byte*)((nuint)(random.Next(1, 1 << 20) * 64L) + (nuint)bytesOff() + (nuint)(elementsOff * Storage.Size(type)));
        return new TensorWork(
            new KernelKey(InstructionSet.Scalar, RuleKind.Adam, new StorageTypes(types[0], types[1], types[2], types[3])),
            new UpdateArrays
            {
                Parameters = Address(types[0]),
                Gradients = Address(types[1]),
                FirstState = Address(types[2]),
                SecondState = Address(types[3]),
                Length = (nuint)length,
            });
    }
}
