using System.Runtime.InteropServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Tests.Support;

/// <summary>The memory of a <see cref="ListCase"/>: valid as long as this object is referenced.</summary>
internal sealed unsafe class ListArrays
{
    private readonly ListCase _case;
    private readonly TestArrays[] _arrays;

    private ListArrays(ListCase list, KernelKey[] keys, TestArrays[] arrays, double[] momentumProducts)
    {
        (_case, Keys, _arrays) = (list, keys, arrays);
        MomentumProducts = GC.AllocateArray<double>(momentumProducts.Length, pinned: true);
        momentumProducts.CopyTo(MomentumProducts.AsSpan());
    }

    /// <summary>For each tensor its kernel.</summary>
    public KernelKey[] Keys { get; }

    public OptimizerOptions[] Groups => [.. _case.Groups.Select(group => group.Options)];

    /// <summary>For each tensor one; only NAdam's are used.</summary>
    public double[] MomentumProducts { get; }

    public TestArrays this[int tensor] => _arrays[tensor];

    public static ListArrays Create(ListCase list, InstructionSet instructionSet)
    {
        var random = new Random(list.Seed);
        KernelKey[] keys =
        [
            .. list.Tensors.Select(tensor => tensor.Key(instructionSet, Enum.Parse<RuleKind>(list.Groups[tensor.Group].Rule))),
        ];
        TestArrays[] arrays = [.. list.Tensors.Zip(keys, (tensor, key) => Filled(tensor, key, list.NonFinite < 0, random))];
        TestArrays[] notEmpty = [.. arrays.Where(array => array.Length != 0)];
        for (int i = 0; i < list.NonFinite && notEmpty.Length != 0; i++)
        {
            TestArrays chosen = random.GetItems(notEmpty, 1)[0];
            float special = random.GetItems([float.NaN, float.PositiveInfinity, float.NegativeInfinity], 1)[0];
            KernelKey key = keys[Array.IndexOf(arrays, chosen)];
            Storage.Write(chosen.Array(Streams.GradientsNumber), key.Gradients, random.Next(chosen.Length), special);
        }

        return new ListArrays(list, keys, arrays, [.. list.Tensors.Select(_ => random.Next(3) == 0 ? 1 : random.NextDouble())]);
    }

    public ListArrays Copy() => new(_case, Keys, [.. _arrays.Select(arrays => arrays.CopyAligned())], MomentumProducts);

    /// <summary>The tensors as the public API takes them. Arrays that a rule does not keep are where nothing is.</summary>
    public OptimizerTensor[] Tensors() => [.. _case.Tensors.Select((_, i) => Tensor(i, _arrays[i].Work(Keys[i]).Streams))];

    /// <summary>One of the tensors, with arrays in other places.</summary>
    public OptimizerTensor Tensor(int index, Streams streams)
    {
        KernelKey key = Keys[index];
        void* nowhere = (void*)64;
        var places = new Streams(
            streams.Parameters,
            streams.Gradients,
            key.Has(2) ? streams.First : nowhere,
            key.Has(3) ? streams.Second : nowhere,
            key.Has(4) ? streams.Third : nowhere,
            streams.Length);
        OptimizerTensor tensor = key.Parameters switch
        {
            ElementType.Float32 => WithParameters<float>(key, places),
            ElementType.Float16 => WithParameters<Half>(key, places),
            _ => WithParameters<BFloat16>(key, places),
        };
        return tensor with
        {
            Group = _case.Tensors[index].Group,
            Step = _case.Tensors[index].Step,
            MomentumProduct = (double*)Marshal.UnsafeAddrOfPinnedArrayElement(MomentumProducts, index),
        };
    }

    /// <summary>Elements of that array of every tensor, as numbers.</summary>
    public IEnumerable<float[]> Numbers(int array) => _arrays.Select((arrays, tensor) => Enumerable.Range(0, arrays.Length)
        .Select(i => Storage.Read(arrays.Array(array), Keys[tensor].Type(array), i)).ToArray());

    /// <summary>What is not as expected, or null: NaN counts as NaN.</summary>
    public string? DifferenceFrom(ListArrays expected) => _arrays
        .Select((arrays, i) => arrays.DifferenceFrom(expected[i]) is string difference ? $"tensors[{i}] ({Keys[i]}): {difference}" : null)
        .FirstOrDefault(difference => difference is not null);

    /// <summary>Whether no byte has changed.</summary>
    public bool HasBytesOf(ListArrays other) =>
        MemoryMarshal.AsBytes(MomentumProducts.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(other.MomentumProducts.AsSpan()))
        && _arrays.Index().All(each => Enumerable.Range(0, Streams.Count)
            .All(array => each.Item.Array(array).SequenceEqual(other[each.Index].Array(array))));

    private static TestArrays Filled(TensorCase tensor, KernelKey key, bool hasAllKinds, Random random)
    {
        int[] offsets = [tensor.Offset, (tensor.Offset * 3) % 64, 63 - tensor.Offset, (tensor.Offset + 17) % 64, 0];
        var arrays = TestArrays.Create(key, tensor.Length, offsets);
        arrays.Fill(key, random);
        for (int i = 0; i < tensor.Length && !hasAllKinds; i++)
        {
            float number = (float)((random.NextDouble() - 0.5) * RandomGroup.Magnitude(random, -6, 1));
            Storage.Write(arrays.Array(Streams.GradientsNumber), key.Gradients, i, number);
        }

        return arrays;
    }

    private static OptimizerTensor WithParameters<P>(in KernelKey key, in Streams streams)
        where P : unmanaged => key.Gradients switch
        {
            ElementType.Float32 => WithGradients<P, float>(key, streams),
            ElementType.Float16 => WithGradients<P, Half>(key, streams),
            _ => WithGradients<P, BFloat16>(key, streams),
        };

    private static OptimizerTensor WithGradients<P, G>(in KernelKey key, in Streams streams)
        where P : unmanaged
        where G : unmanaged => key.First switch
        {
            ElementType.Float32 => WithFirst<P, G, float>(key, streams),
            ElementType.Float16 => WithFirst<P, G, Half>(key, streams),
            _ => WithFirst<P, G, BFloat16>(key, streams),
        };

    private static OptimizerTensor WithFirst<P, G, M>(in KernelKey key, in Streams streams)
        where P : unmanaged
        where G : unmanaged
        where M : unmanaged => key.Second switch
        {
            ElementType.Float32 => WithSecond<P, G, M, float>(streams),
            ElementType.Float16 => WithSecond<P, G, M, Half>(streams),
            _ => WithSecond<P, G, M, BFloat16>(streams),
        };

    private static OptimizerTensor WithSecond<P, G, M, S>(in Streams s)
        where P : unmanaged
        where G : unmanaged
        where M : unmanaged
        where S : unmanaged =>
        OptimizerTensor.Create((P*)s.Parameters, (G*)s.Gradients, (M*)s.First, (S*)s.Second, (S*)s.Third, s.Length);
}
